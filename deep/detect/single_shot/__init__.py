"""Detectors of one network: RetinaFace and its kin, SSH, DenseBox; on one anchor module, loss and post-processing."""
