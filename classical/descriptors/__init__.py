"""Descriptors of pixels and cells: LBP, Gabor, gradients, HOG, SIFT.

Imports core, classical.image.
"""
