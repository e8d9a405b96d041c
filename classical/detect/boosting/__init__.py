"""AdaBoost (discrete, real, gentle: the plug-ins) on trees whose splits are found in binned features.

Imports core.
"""
