"""Detectors, one a file: images in, faces out.

Imports core, deep.detect.cascade_cnn, deep.detect.mtcnn, deep.detect.single_shot.anchors,
deep.detect.single_shot.inference, deep.detect.single_shot.networks, deep.ops, deep.weights_io.
"""
