"""Peers: the same computation by another library, to be measured and tested against.

Imports core, classical.
"""
