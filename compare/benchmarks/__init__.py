"""Benchmarks, one a file: ours and a peer in turns in one process.

Imports core, classical, deep, recognize, compare.peers.races.
"""
