"""From a suite to artefacts to metrics: each stage computed once.

Imports core, recognize, compare.cost, datasets, deep.
"""
