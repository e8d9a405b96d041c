"""Tensor operations: resampling, non-maximum suppression, cosines and the softmax over them, devices, CUDA graphs.

Imports core.
"""
