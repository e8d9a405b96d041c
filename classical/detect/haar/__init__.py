"""Haar features: their shapes, every place and size, and their values on many windows.

Imports core.
"""
