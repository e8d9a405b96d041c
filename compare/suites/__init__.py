"""Suites that come with the package, as TOML.

Imports nothing of the project.
"""
