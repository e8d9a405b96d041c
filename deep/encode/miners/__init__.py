"""Miners, one a file: which triplets of a batch are learned from.

Imports core, deep.encode.margin.
"""
