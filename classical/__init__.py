"""The classical track: integral images, cascades, LBP, Gabor, SIFT, Eigenfaces, Fisherfaces and what followed.

Imports nothing of the project.
"""
