"""Channel features of an image, and the soft cascade that is run over them.

Imports core, classical.detect.boosting.
"""
