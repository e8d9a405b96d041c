"""Tools for sets of one's own: packing, cleaning, calibration crops, frames of a video.

Imports core, datasets, deep, compare.runner.
"""
