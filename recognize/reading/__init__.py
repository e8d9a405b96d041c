"""What is read from an image before anybody is named: its faces, their vectors, how they lie, and by which encoder.

Imports core.
"""
