"""Pictures of what a detector, a preprocessing step or an encoder sees.

Imports core, datasets, deep, compare.report.
"""
