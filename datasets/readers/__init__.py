"""Readers, one data set a file, by the set's name.

Imports core, datasets.containers, datasets.download, datasets.generator, datasets.images, datasets.lists,
datasets.protocols.
"""
