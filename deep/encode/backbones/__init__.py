"""Backbones, one a file: crops in, embeddings out.

Imports core, deep.encode.network.
"""
