"""What every room shares: types, stage protocols, the pipeline, plug-ins, images, geometry, files and errors.

Imports nothing of the project.
"""
