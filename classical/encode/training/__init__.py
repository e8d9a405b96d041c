"""`classical train encoder`: an encoder fitted on the faces of a data set.

Imports core, classical.estimators.
"""
