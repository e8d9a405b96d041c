"""Finding inputs that take the program down: seeded mutations of users' files, read in processes that may die.

Imports core.
"""
