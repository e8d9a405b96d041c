"""Vocabularies of local descriptors: k-means words, Gaussian mixtures, Fisher vectors.

Imports core, classical.descriptors.
"""
