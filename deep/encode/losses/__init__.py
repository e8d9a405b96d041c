"""Losses of embeddings, one a file, as in their papers.

Imports core, deep.encode.margin, deep.encode.miners, deep.ops.
"""
