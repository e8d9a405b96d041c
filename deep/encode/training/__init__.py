"""`deep train encoder`: the task of training an embedding, from crops to best weights.

Imports core, deep.augment, deep.distributed, deep.encode.data, deep.encode.network, deep.engine, deep.weights_io.
"""
