"""Viola-Jones cascades: the engine that runs them, their files, their training.

Imports nothing of the project.
"""
