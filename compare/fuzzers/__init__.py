"""The fuzzers, one file each.

Imports core, datasets, classical, deep, compare.bundles, compare.data_tools, compare.fuzzing, compare.recognizer,
compare.report, compare.runner.
"""
