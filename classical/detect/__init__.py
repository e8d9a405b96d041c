"""Detection of the classical track: Viola-Jones, channel features, sliding windows, R-CNN, landmarks, proposals.

Imports nothing of the project.
"""
