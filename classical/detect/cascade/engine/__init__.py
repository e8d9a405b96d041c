"""The engine that runs a cascade over an image, window for window as OpenCV does.

Imports classical.detect.haar, classical.image.
"""
