"""MTCNN: its three networks, their candidates and its way with boxes.

Imports core, deep.augment, deep.detect.data, deep.engine, deep.ops, deep.weights_io.
"""
