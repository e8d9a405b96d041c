"""Matchers that learn nothing: how alike two vectors are, by a formula.

Imports core.
"""
