"""Text formats: the lists of pairs, boxes and people that come with the sets, and our own CSV.

Imports core, datasets.download.
"""
