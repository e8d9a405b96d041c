"""Whose face is this? Every face of an image named or unknown, by people of whatever origin.

Imports core, recognize.calibration, recognize.gallery, recognize.reading, recognize.systems,
recognize.verification.
"""
