"""Embeddings of the deep track: backbones, losses, miners, samplers, encoders, and their training.

Imports nothing of the project.
"""
