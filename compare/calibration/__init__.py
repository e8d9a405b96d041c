"""The photos of labelled people behind a calibration: which are taken, and the vectors of their faces.

Imports core, recognize, compare.runner.
"""
