"""The fuzzers, one file each.

Imports core, datasets, classical, deep, compare.bundles, compare.data_tools, compare.fuzzing, recognize,
compare.report, compare.runner.
"""
