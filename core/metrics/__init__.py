"""Metrics: arrays of scores, boxes and labels in, numbers out.

Imports core.
"""
