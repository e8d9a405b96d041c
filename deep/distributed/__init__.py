"""Many processes as one: sums, gathered embeddings, synchronized normalization, Partial FC.

Imports core, deep.ops.
"""
