"""The system that knows people: galleries, names for the faces of an image, verdicts, and clusters of unknown faces.

Imports nothing of the project.
"""
