"""Gaussian models of a face as person plus image: Joint Bayesian, PLDA, and the likelihood ratio they share.

Imports core, classical.linear.
"""
