"""Ways to make images worse by degrees, one a file: what a system stands before it breaks.

Imports core, datasets.generator.
"""
