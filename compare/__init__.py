"""The bench and the command line: both tracks through the same four stages, and a report beside it.

Imports core, compare.commands.
"""
