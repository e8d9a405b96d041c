"""Whether the faces of two images are one person's: a verdict, with what it rests on.

Imports core, recognize.calibration, recognize.reading.
"""
