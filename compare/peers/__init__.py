"""Peers: what people would use instead, by other libraries, run and measured beside ours.

Imports nothing of the project.
"""
