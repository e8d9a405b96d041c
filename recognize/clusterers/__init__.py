"""Unknown faces grouped: which of them show one person, and how many people there are. Plug-ins of kind "clusterer".

Imports core.
"""
