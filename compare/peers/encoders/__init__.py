"""Others' encoders, one a file: crops in, vectors out.

Imports core, classical.
"""
