"""What crops go through in training: mirror, exposure, blur, low resolution, occlusion.

Imports nothing of the project.
"""
