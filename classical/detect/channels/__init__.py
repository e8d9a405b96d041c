"""Boosted channel features: the detector and its training.

Imports nothing of the project.
"""
