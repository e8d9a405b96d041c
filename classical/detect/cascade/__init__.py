"""Cascades: their windows, their files, their training."""
