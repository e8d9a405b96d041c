"""Benchmarks, one a file: ours and a peer in turns in one process.

Imports core, classical, deep, compare.peers.races.
"""
