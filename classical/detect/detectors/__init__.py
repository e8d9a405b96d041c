"""Detectors, one a file: images in, faces out.

Imports core, classical.detect.cascade.engine, classical.detect.cascade.formats, classical.detect.channels.engine,
classical.detect.landmarks, classical.detect.window_classifier.
"""
