"""Linear algebra that is learned: PCA, LDA, ridge regression, and products that do not depend on the batch.

Imports core.
"""
