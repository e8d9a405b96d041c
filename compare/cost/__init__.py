"""What a system costs: its numbers, bytes and multiply-adds, and its time and memory in a process of its own.

Imports core.
"""
