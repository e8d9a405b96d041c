"""Proposals, one a file: boxes in which an object may be.

Imports core, classical.detect.regions.
"""
