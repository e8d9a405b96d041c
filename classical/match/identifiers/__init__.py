"""Closed-set classifiers of people, on any encoder's vectors, one a file. Every file has a ``build``."""
