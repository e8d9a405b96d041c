"""Suites that repeat a paper's table, with its figures beside ours.

Imports nothing of the project.
"""
