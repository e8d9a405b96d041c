"""The multi-task loss, the batches and the training of a single-shot network.

Imports core, deep.detect.data, deep.detect.single_shot.anchors, deep.detect.single_shot.inference,
deep.detect.single_shot.networks, deep.engine, deep.weights_io.
"""
