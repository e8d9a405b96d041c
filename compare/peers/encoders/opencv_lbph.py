"""LBP histograms as OpenCV has them: cv2.face.LBPHFaceRecognizer (Ahonen et al. 2006)."""

from typing import Annotated

import cv2
import numpy as np

from eigen2arc.classical.estimators.base import FixedEncoder
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.bounds import Count, Ge, Le
from eigen2arc.core.errors import UserError


class OpenCVLBPH(FixedEncoder):
    """The recognizer's histograms, of all patterns, not of the uniform ones alone: to train it is to compute them.

    Its predict finds the nearest by OpenCV's HISTCMP_CHISQR_ALT, which is twice the distance of our chi_square.

    radius_px : of the circle that the neighbours lie on. neighbours : how many. grid : cells along each side.
    """

    matcher = "chi_square"

    def __init__(
        self,
        radius_px: Annotated[int, Ge(1), Le(100)] = 1,
        neighbours: Annotated[int, Ge(1), Le(12)] = 8,
        grid: Count = 8,
    ) -> None:
        self.radius_px = radius_px
        self.neighbours = neighbours
        self.grid = grid

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as histograms (N, grid^2 * 2^neighbours) float32, each cell's of sum 1.

        Raises UserError for crops that are too small for the grid.
        """
        pixels = grey(crops)
        if pixels.shape[1] - 2 * self.radius_px < self.grid:
            raise UserError(
                f"opencv_lbph: crops of {pixels.shape[1]} pixels are too small for {self.grid} cells along a side"
            )
        if not len(pixels):
            return np.zeros((0, self.grid**2 * 2**self.neighbours), np.float32)
        recognizer = cv2.face.LBPHFaceRecognizer.create(self.radius_px, self.neighbours, self.grid, self.grid)
        recognizer.train(list(pixels), np.arange(len(pixels), dtype=np.int32))
        return np.concatenate(recognizer.getHistograms())


build = OpenCVLBPH
