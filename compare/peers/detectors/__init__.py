"""Others' detectors, one a file: images in, faces out.

Imports core, deep.
"""
