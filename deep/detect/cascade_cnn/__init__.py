"""Cascade-CNN: its six networks, its windows and its way of calibrating them.

Imports deep.detect.mtcnn, deep.ops, deep.weights_io.
"""
