"""Anchors, what a network says about them, and what it should say: codecs, matching, targets.

Imports core, deep.detect.data.
"""
