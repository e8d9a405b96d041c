"""A trained network as a detector: fused layers, candidates, non-maximum suppression.

Imports core, deep.detect.single_shot.anchors, deep.detect.single_shot.networks, deep.ops.
"""
