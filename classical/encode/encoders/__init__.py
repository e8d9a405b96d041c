"""Encoders, one a file: crops in, vectors out.

Imports core, classical.descriptors, classical.encode.vocabulary, classical.estimators, classical.linear.
"""
