"""Classifiers of windows, face or not, one a file.

Imports core, classical.detect.boosting, classical.linear.
"""
