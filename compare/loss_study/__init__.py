"""The loss table: every loss on one backbone and budget, and its page.

Imports core, datasets, deep, compare.report, compare.runner.
"""
