"""Model files of the classical track that come with the package.

Imports nothing of the project.
"""
