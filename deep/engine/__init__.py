"""The one training loop: schedule, optimizers, state to resume from, log.

Imports core, deep.distributed, deep.ops, deep.weights_io.
"""
