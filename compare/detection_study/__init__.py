"""Tables and curves of proposals, window classifiers and cascades.

Imports core, classical, compare.report.
"""
