"""Aligners: one set for both tracks, so that a difference between two systems is never one of cropping.

Imports core.
"""
