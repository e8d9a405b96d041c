"""Detectors that look once: RetinaFace and its kin on one anchor module, one post-processing."""
