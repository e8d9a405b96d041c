"""Annotated images for training detectors: augmentation, caching and validation.

Imports core, datasets, deep.augment.
"""
