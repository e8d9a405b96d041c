"""Tensor operations without parameters: resampling, non-maximum suppression, cosines, devices, CUDA graphs.

Imports core.
"""
