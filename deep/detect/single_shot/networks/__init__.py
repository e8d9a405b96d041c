"""The networks: bodies, pyramids, heads, and public weights read into them.

Imports core, deep.detect.data, deep.detect.single_shot.anchors, deep.weights_io.
"""
