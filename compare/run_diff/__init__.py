"""Two runs side by side: what was changed, what moved, by how much, and whether that is chance.

Imports core, compare.bundles, compare.report.
"""
