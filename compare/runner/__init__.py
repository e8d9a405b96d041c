"""From a suite to artefacts to metrics: each stage computed once.

Imports core, compare.cost, compare.recognizer, datasets, deep.
"""
