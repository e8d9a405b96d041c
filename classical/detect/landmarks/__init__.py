"""Five points in a face's box: supervised descent and its training.

Imports core, classical.linear.
"""
