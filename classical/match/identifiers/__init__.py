"""Closed-set classifiers of people, on any encoder's vectors, one a file.

Imports core, classical.estimators, classical.linear.
"""
