"""A folder of photos, one folder per person: what is in it, what is wrong with it, and which images can be used.

Imports core, datasets, recognize, compare.runner.
"""
