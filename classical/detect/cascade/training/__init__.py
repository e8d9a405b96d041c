"""Training of a cascade, from two folders of images to a file, safe to a kill.

Imports core, classical.detect.boosting, classical.detect.cascade.engine, classical.detect.cascade.formats,
classical.detect.haar, classical.image.
"""
