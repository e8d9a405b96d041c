"""High-dimensional LBP: histograms in cells around landmarks, at several scales (Chen et al. 2013).

D. Chen, X. Cao, F. Wen, J. Sun, "Blessing of Dimensionality: High-dimensional Feature and Its Efficient Compression
for Face Verification", CVPR 2013: around each landmark, in each image of a pyramid, a patch of the same
4 x 4 cells of 10 x 10 pixels, and in each cell a histogram of LBP^{u2}. Many landmarks and scales are what makes it
strong once something is learned on top; nothing is learned here. The paper finds its landmarks in every image; here
they lie where an aligned crop has them on average: an aligner brings five points to fixed places (core/align.py), and
pose and expression move the true ones by a few pixels.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import cv2
import numpy as np

from eigen2arc.classical.descriptors.lbp import local_binary_patterns
from eigen2arc.classical.descriptors.lbp_histograms import BLOCK, count_labels
from eigen2arc.classical.estimators.base import FixedEncoder
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.align import template_points
from eigen2arc.core.bounds import Count, Ge, Le, Length, Positive, SidePx
from eigen2arc.core.errors import UserError

#: Points of an average face, x y in a 112 x 112 crop, besides the five of the aligner. The face's axis is x = 56.
AROUND_112 = {
    "left eye, outer corner": (30, 52),
    "left eye, inner corner": (46, 53),
    "right eye, inner corner": (66, 53),
    "right eye, outer corner": (82, 52),
    "left brow, outer end": (26, 42),
    "left brow, middle": (38, 38),
    "left brow, inner end": (48, 41),
    "right brow, inner end": (64, 41),
    "right brow, middle": (74, 38),
    "right brow, outer end": (86, 42),
    "forehead": (56, 28),
    "nose, bridge": (56, 50),
    "nose, middle": (56, 61),
    "nose, left wing": (47, 74),
    "nose, right wing": (65, 74),
    "mouth, middle": (56, 92),
    "lower lip": (56, 100),
    "chin": (56, 110),
    "left cheek": (30, 74),
    "right cheek": (82, 74),
    "left jaw": (33, 95),
    "right jaw": (79, 95),
}


def five_points(zoom: float) -> np.ndarray:
    """Return the aligner's points (5, 2) x y as fractions of the crop's side; ``zoom`` as in template_points."""
    return template_points(1, zoom)


def dense_points(zoom: float) -> np.ndarray:
    """Return 27 points (27, 2) x y as fractions of the crop's side: the five, then those of AROUND_112."""
    around = np.array(list(AROUND_112.values())) / 112
    return np.concatenate([five_points(zoom), around * zoom + (1 - zoom) / 2])


def grid_points(count: int) -> np.ndarray:
    """Return the middles (count * count, 2) x y of equal squares that cover the crop, row by row, whatever its zoom."""
    line = (np.arange(count) + 0.5) / count
    return np.stack([np.tile(line, count), line.repeat(count)], axis=1)


class HighDimLBP(FixedEncoder):
    """The encoder of high-dimensional LBP."""

    matcher = "chi_square"

    def __init__(
        self,
        points: str | int,
        zoom: float,
        scales_px: Sequence[int],
        cells: int,
        cell_px: int,
        neighbours: int,
        radius_px: float,
    ) -> None:
        self.points = points
        self.zoom = zoom
        self.scales_px = scales_px
        self.cells = cells
        self.cell_px = cell_px
        self.neighbours = neighbours
        self.radius_px = radius_px

    @property
    def landmarks(self) -> np.ndarray:
        """(K, 2) x y as fractions of the crop's side."""
        if isinstance(self.points, int):
            return grid_points(self.points)
        return five_points(self.zoom) if self.points == "five" else dense_points(self.zoom)

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, D) float32, 0..1: scale by scale, point by point, cells row by row.

        D = scales * points * cells^2 * (P (P - 1) + 3), by default 2 * 27 * 16 * 59 = 50,976, which is 204 kB a crop.
        Each cell's histogram sums to 1.
        """
        images = grey(crops)
        bins, around = self.neighbours * (self.neighbours - 1) + 3, len(self.landmarks) * self.cells**2
        regions = len(self.scales_px) * around
        histograms = np.empty((len(images), regions, bins), np.float32)
        for start in range(0, len(images), BLOCK):
            block = histograms[start : start + BLOCK]
            for k, side_px in enumerate(self.scales_px):
                scaled = _resized(images[start : start + BLOCK], side_px)
                labels = local_binary_patterns(scaled, neighbours=self.neighbours, radius_px=self.radius_px)
                count_labels(labels, self._cells_at(side_px, labels.shape[1]), k * around, block)
        return histograms.reshape(len(images), regions * bins)

    def _cells_at(self, side_px: int, labelled_px: int) -> np.ndarray:
        """Lay out the cells (K * cells^2, 4) int64 for count_labels, of the image of this side and its labels.

        A patch that would stick out of what has labels is moved to its edge: it keeps its size.
        """
        patch_px = self.cells * self.cell_px
        margin = (side_px - labelled_px) / 2
        corners = np.round(self.landmarks * side_px - margin - patch_px / 2).clip(0, labelled_px - patch_px)
        steps = np.arange(self.cells) * self.cell_px
        rows, columns = np.meshgrid(steps, steps, indexing="ij")
        top = corners[:, 1, None] + rows.ravel()
        left = corners[:, 0, None] + columns.ravel()
        cells = np.stack([top, top + self.cell_px, left, left + self.cell_px], axis=2)
        return cells.reshape(-1, 4).astype(np.int64)


def _resized(images: np.ndarray, side_px: int) -> np.ndarray:
    """Scale images (N, S, S) to (N, side, side); what gets smaller is averaged over areas, which does not alias."""
    how = cv2.INTER_AREA if side_px < images.shape[1] else cv2.INTER_LINEAR
    return np.stack([cv2.resize(image, (side_px, side_px), interpolation=how) for image in images])


def build(
    *,
    points: Literal["five", "dense"] | Annotated[int, Ge(1), Le(64)] = "dense",
    zoom: Positive = 1.0,
    scales_px: Annotated[Sequence[SidePx], Length(1)] = (160, 112),
    cells: Count = 4,
    cell_px: Count = 10,
    neighbours: Annotated[int, Ge(2), Le(16)] = 8,
    radius_px: Positive = 2.0,
) -> HighDimLBP:
    """Build the encoder of high-dimensional LBP.

    points : "five" of the aligner, "dense" for 27 with brows, nose, cheeks, chin, or 6 for a grid of 6 x 6. zoom : the
    aligner's setting of this name, which says where the points lie. scales_px : sides to which a crop is scaled; one
    image of the pyramid each. cells : along each side of a patch. cell_px : side of a cell. neighbours : P of the
    patterns. radius_px : R of their circle. Raises UserError for a scale smaller than a patch.
    """
    smallest_px = cells * cell_px + 2 * int(np.ceil(radius_px))
    if min(scales_px) < smallest_px:
        raise UserError(
            f"high_dim_lbp: patches of {cells} x {cells} cells of {cell_px} px, with circles of {radius_px:g} px, "
            f"need images of at least {smallest_px} px, got scales_px {list(scales_px)}"
        )
    return HighDimLBP(points, zoom, scales_px, cells, cell_px, neighbours, radius_px)
