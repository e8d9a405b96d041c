"""Binary formats that hold many images: RecordIO, tar shards, TSV, pickled pairs, and the files beside them.

Imports core, datasets.download.
"""
