"""The networks, one a file, of layers, bodies, pyramids and heads; and public weights read into them.

Imports core, deep.detect.data, deep.detect.single_shot.anchors, deep.weights_io.
"""
