"""Races: the same computation by another library, to be measured and tested against. Plug-ins are named as encoders.

Imports core, classical, deep.
"""
