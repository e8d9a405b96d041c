"""What two sets share, or one holds twice: people by name, the same picture by hash, people by their vectors.

Imports core.
"""
