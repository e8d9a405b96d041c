"""Weights on disk: safetensors, state dicts read without pickle, others' names for the same layers.

Imports core.
"""
