"""How a network of unknown origin is fed: the ways that the field has names for, and a probe on drawn people.

Imports core.
"""
