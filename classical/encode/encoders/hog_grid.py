"""HOG of a whole face: in which directions brightness changes, cell by cell, for cells of several sizes.

N. Dalal, B. Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005, as
classical/descriptors/hog.py; on faces first O. Deniz, G. Bueno, J. Salido, F. De la Torre, "Face
recognition using Histograms of Oriented Gradients", Pattern Recognition Letters 32(12), 2011, who join cells of several
sizes. Nothing is learned.
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from eigen2arc.classical.descriptors.hog import HOG
from eigen2arc.classical.estimators.base import FixedEncoder
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.bounds import Count, Ge, Le, Length


class HOGGrid(FixedEncoder):
    """The encoder of HOG on a grid.

    Every block has length 1, so the cosine of two vectors is the mean of the cosines of the blocks.

    cell_px : side of the cells, or several. block_cells : cells along each side of a block that is normalised.
    orientations : bins over half a turn.
    """

    matcher = "cosine"

    def __init__(
        self,
        cell_px: Count | Annotated[Sequence[Count], Length(1)] = (8, 16),
        block_cells: Count = 2,
        orientations: Annotated[int, Ge(1), Le(180)] = 9,
    ) -> None:
        self.cell_px = cell_px
        self.block_cells = block_cells
        self.orientations = orientations

    @property
    def sizes_px(self) -> list[int]:
        """Sides of the cells, as many as there are sizes."""
        return [self.cell_px] if isinstance(self.cell_px, int) else list(self.cell_px)

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, D) float32, 0..1: cell size by size, block by block, cell by cell.

        Raises ValueError for crops smaller than a block.
        """
        images = grey(crops)
        size_px = images.shape[1]
        if size_px < self.block_cells * max(self.sizes_px):
            raise ValueError(
                f"crops: blocks of {self.block_cells} x {self.block_cells} cells of {max(self.sizes_px)} px do not fit "
                f"into {size_px} x {size_px} pixels"
            )
        hogs = [
            HOG(size_px, cell_px, self.block_cells, self.orientations, interpolate=True) for cell_px in self.sizes_px
        ]
        return np.concatenate([hog.describe(images) for hog in hogs], axis=1)


build = HOGGrid
