"""From a suite to artefacts to metrics: each stage computed once.

Imports core, datasets, deep.
"""
