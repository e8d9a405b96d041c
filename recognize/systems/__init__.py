"""A fitted system in a file; runs and data sets are unknown here.

Imports core, recognize.reading.
"""
