"""`make gpu-check`: the tests and the benchmark that need a CUDA card, in one command and one table.

Imports core, compare.benchmarks, compare.commands, compare.runner.
"""
