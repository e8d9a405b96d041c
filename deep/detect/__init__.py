"""Detection of the deep track: MTCNN, Cascade-CNN, single-shot networks, and their training.

Imports nothing of the project.
"""
