"""Images on disk, read when they are asked for, folders of people, and images made worse by degrees.

Imports core, datasets.generator.
"""
