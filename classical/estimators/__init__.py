"""What all that learns has in common: settings as scikit-learn keeps them, "fit me first", and one file.

Imports core.
"""
