"""Cascade files: OpenCV's XML, and JSON of our own.

Imports core, classical.detect.cascade.engine, classical.detect.haar.
"""
