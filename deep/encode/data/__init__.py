"""Labelled crops for training an embedding: detection, caching, splits, validation.

Imports core, deep.augment, deep.engine.
"""
