"""A gallery: people who are enrolled with photos, in a folder that survives a kill, two writers and other encoders.

Imports core, recognize.calibration, recognize.reading, recognize.stores.
"""
