"""Detectors of one network: RetinaFace and its kin, SSH, DenseBox.

Imports nothing of the project.
"""
