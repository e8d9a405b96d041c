"""A backbone made into an embedding network: its input, its size, its head and its loss.

Imports core, deep.distributed, deep.weights_io.
"""
