"""The deep track: MTCNN, single-shot detectors, embeddings and their training; the only room that loads torch.

Imports nothing of the project.
"""
