"""Encoders of the classical track: from aligned crops to vectors.

Imports nothing of the project.
"""
