"""Matching of the classical track: who is it, and are these two the same.

Imports nothing of the project.
"""
