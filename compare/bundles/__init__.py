"""One signed file of a run's figures and tables, without images: written, verified, and made into a report again.

Imports core, datasets, compare.report.
"""
