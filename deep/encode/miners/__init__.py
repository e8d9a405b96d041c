"""Miners, one a file: which triplets of a batch are learned from; and the triplets themselves.

Imports core.
"""
