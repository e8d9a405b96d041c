"""Encoders, one a file: crops in, vectors out.

Imports core, deep.augment, deep.encode.data, deep.encode.feeding, deep.encode.network, deep.engine, deep.ops,
deep.weights_io.
"""
