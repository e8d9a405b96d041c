"""A fitted system in a file, and the faces of new images named by it; runs and data sets are unknown here.

Imports core, recognize.reading.
"""
