"""Whose face is this? Every face of an image named or unknown, by people of whatever origin.

Imports core, recognize.reading, recognize.systems.
"""
