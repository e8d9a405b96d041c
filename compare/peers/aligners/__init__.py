"""Others' aligners, one a file: faces in, upright crops out.

Imports core, deep.
"""
