"""Windows told apart by a feature and a classifier, R-CNN's way too.

Imports core, classical.image, classical.linear.
"""
