"""Trainers of detectors, one a file, by the detector's name.

Imports core, deep.detect.cascade_cnn, deep.detect.data, deep.detect.detectors, deep.detect.mtcnn,
deep.detect.single_shot.training, deep.engine, deep.weights_io.
"""
