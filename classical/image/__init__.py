"""Integral images, pyramids and windows: what the classical track does with pixels before it describes them.

Imports core.
"""
