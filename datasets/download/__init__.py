"""Fetching archives by name, address and digest, and unpacking them safely.

Imports core.
"""
