"""Regions of an image and how they are merged: what proposals are made of.

Imports core.
"""
