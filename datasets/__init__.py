"""Where faces come from: readers of real sets in their official layouts, and a generator of synthetic ones.

Imports nothing of the project.
"""
