"""Boosted channel features: the detector and its training."""
