"""The faces of a folder of photos, grouped: reading them, so that it can be resumed, grouping, and a folder a person.

Imports core, datasets, compare.data_tools, compare.runner, recognize.
"""
