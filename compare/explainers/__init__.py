"""Plug-ins that draw what an encoder sees in a face, each named as the encoder is.

Imports core, classical, compare.explain, compare.report.
"""
