"""Matchers that learn, or that belong to a learned projection, one a file.

Imports core, classical.estimators, classical.linear.
"""
