"""Gabor jets: at each point of a face, how strong stripes of every width and direction are (Wiskott et al. 1997).

L. Wiskott, J.-M. Fellous, N. Krüger, C. von der Malsburg, "Face Recognition by Elastic Bunch Graph Matching", PAMI
19(7), 1997: jets of 5 x 8 magnitudes in section 2.1, compared without phase by eq. (4), averaged over the points. There
the points follow the face; here the crop is aligned already, and they stand still. Nothing is learned.
"""

from itertools import combinations
from typing import Annotated, Literal

import numpy as np

from eigen2arc.classical.descriptors.gabor_bank import GaborBank, gabor_bank
from eigen2arc.classical.estimators.base import FixedEncoder
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.align import template_points
from eigen2arc.core.bounds import Ge, Le, Positive

#: Jets shorter than that of a wave of one grey level are not stretched any further: they hold rounding.
SHORTEST = np.pi

#: Crops at a time, so that the jets of a grid stay within some megabytes before they are put in order.
BLOCK = 64


class GaborJets(FixedEncoder):
    """The encoder of Gabor jets.

    Every jet has length 1, so the cosine of two vectors is the mean of eq. (4) over the points.

    points : the middles of a grid's cells, or "landmarks", the five points and between them. grid : cells along each
    side. zoom : that of the aligner, for landmarks. scales, directions : of the kernels, see
    classical/descriptors/gabor_kernel.py. sigma_rad : width of their Gaussian.
    """

    matcher = "cosine"

    def __init__(
        self,
        points: Literal["grid", "landmarks"] = "grid",
        grid: Annotated[int, Ge(1), Le(64)] = 10,
        zoom: Positive = 1.0,
        scales: Annotated[int, Ge(1), Le(16)] = 5,
        directions: Annotated[int, Ge(1), Le(16)] = 8,
        sigma_rad: Annotated[float, Ge(0.5), Le(20)] = 2 * np.pi,
    ) -> None:
        self.points = points
        self.grid = grid
        self.zoom = zoom
        self.scales = scales
        self.directions = directions
        self.sigma_rad = sigma_rad

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, points * scales * directions) float32, 0..1.

        Jet by jet, in it scale by scale; the points of a grid row by row. Raises ValueError for crops too small.
        """
        images = grey(crops)
        rows, columns = self._pixels(images.shape[1])
        bank = gabor_bank(images.shape[1], rows, columns, self.scales, self.directions, self.sigma_rad)
        points = len(rows) if self.points == "landmarks" else len(rows) * len(columns)
        jets = np.empty((len(images), points, self.scales * self.directions), np.float32)
        for start in range(0, len(images), BLOCK):
            jets[start : start + BLOCK] = self._jets(bank, images[start : start + BLOCK])
        return jets.reshape(len(jets), jets.shape[1] * jets.shape[2])

    def _jets(self, bank: GaborBank, images: np.ndarray) -> np.ndarray:
        moduli = bank.moduli(images)
        # Landmarks are where the nth row crosses the nth column.
        picked = np.diagonal(moduli, axis1=3, axis2=4) if self.points == "landmarks" else moduli
        jets = picked.reshape(len(images), self.scales * self.directions, -1).swapaxes(1, 2)
        return np.asarray(jets / np.maximum(np.linalg.norm(jets, axis=2, keepdims=True), SHORTEST))

    def _pixels(self, size_px: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Rows and columns of the points."""
        if self.points == "grid":
            if self.grid > size_px:
                raise ValueError(
                    f"crops: {self.grid} x {self.grid} points do not fit into {size_px} x {size_px} pixels"
                )
            middles = tuple((2 * k + 1) * size_px // (2 * self.grid) for k in range(self.grid))
            return middles, middles
        pixels = np.clip(landmarks(size_px, self.zoom).round().astype(int), 0, size_px - 1)
        return tuple(pixels[:, 1].tolist()), tuple(pixels[:, 0].tolist())


def landmarks(size_px: int, zoom: float) -> np.ndarray:
    """Return (15, 2) x y: the five points of the aligner, and the middles between each two: bridge, cheeks, lips."""
    five = template_points(size_px, zoom)
    return np.concatenate([five, [(a + b) / 2 for a, b in combinations(five, 2)]])


build = GaborJets
