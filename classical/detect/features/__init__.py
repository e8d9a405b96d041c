"""Features of windows, one a file: grey windows in, vectors out.

Imports core, classical.descriptors, classical.detect.haar, classical.image.
"""
