"""Images on disk, read when they are asked for, and folders of people.

Imports core.
"""
