"""Protocols: how trials, pairs, splits and annotated images are made of a set.

Imports core, datasets.download, datasets.images.
"""
