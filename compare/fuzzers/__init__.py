"""The fuzzers, one file each.

Imports core, datasets, classical, deep, compare.data_tools, compare.fuzzing, compare.report, compare.runner.
"""
