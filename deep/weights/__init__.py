"""Weights of the deep track that come with the package.

Imports nothing of the project.
"""
