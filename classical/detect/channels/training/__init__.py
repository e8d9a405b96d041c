"""Training of a channel detector: faces, photographs without faces, rounds of boosting.

Imports core, datasets, classical.detect.boosting, classical.detect.cascade.training, classical.detect.channels.engine.
"""
