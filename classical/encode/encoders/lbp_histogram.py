"""LBP histograms: which local patterns a face has, region by region (Ahonen et al. 2006).

T. Ahonen, A. Hadid, M. Pietikäinen, "Face Description with Local Binary Patterns: Application to Face Recognition",
PAMI 28(12), 2006: LBP^{u2}_{8,2} labels, a histogram in each of 7 x 7 regions, compared by chi-square. Nothing is
learned. Several radii, and several grids, stand one after the other.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np

from eigen2arc.classical.descriptors.lbp_histograms import lbp_cell_histograms
from eigen2arc.classical.estimators.base import FixedEncoder
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.bounds import Ge, Le, Length, Positive
from eigen2arc.core.errors import UserError

#: P, and regions along a side: either decides how long a vector is.
Neighbours = Annotated[int, Ge(2), Le(16)]
Grid = Annotated[int, Ge(1), Le(64)]

#: By name: how much each region of one grid counts, row by row. The authors give theirs as shades of grey in a figure;
#: these numbers are as OpenMV's imlib, which cites them, has read it. Eyes count most.
WEIGHTS: dict[str, tuple[float, ...]] = {
    "ahonen2006": (
        *(2, 1, 1, 1, 1, 1, 2),
        *(2, 4, 4, 1, 4, 4, 2),
        *(1, 1, 1, 0, 1, 1, 1),
        *(0, 1, 1, 0, 1, 1, 0),
        *(0, 1, 1, 1, 1, 1, 0),
        *(0, 1, 1, 2, 1, 1, 0),
        *(0, 1, 1, 1, 1, 1, 0),
    )
}


class LBPHistogram(FixedEncoder):
    """The encoder of LBP histograms.

    Each region's histogram sums to its weight, so that regions of unequal size (by a row or column) count the same.

    Chi-square is homogeneous: (w a - w b)^2 / (w a + w b) = w (a - b)^2 / (a + b). So the plain chi-square of vectors
    with weighted regions is the paper's weighted one, the sum over regions of w_j chi^2_j.
    """

    matcher = "chi_square"

    def __init__(
        self,
        neighbours: int | Sequence[int],
        radius_px: float | Sequence[float],
        grid: int | Sequence[int],
        weights: str | Sequence[float] | None,
    ) -> None:
        self.neighbours = neighbours
        self.radius_px = radius_px
        self.grid = grid
        self.weights = weights

    @property
    def circles(self) -> list[tuple[int, float]]:
        """P and R of each scale."""
        ps, radii = _list(self.neighbours), _list(self.radius_px)
        scales = max(len(ps), len(radii))
        return list(zip(ps * (scales // len(ps)), radii * (scales // len(radii)), strict=True))

    @property
    def grids(self) -> list[int]:
        return _list(self.grid)

    @property
    def region_weights(self) -> np.ndarray:
        """(regions,) float32, grid by grid. Raises UserError where the setting does not fit the grids."""
        return _region_weights(self.weights, sum(g**2 for g in self.grids))

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, D) float32: circle by circle, in it grid by grid, regions row by row.

        D is, over circles and grids, the sum of grid * grid * (P (P - 1) + 3); values lie in 0..region's weight.
        """
        images, weights = grey(crops), self.region_weights
        scales = [lbp_cell_histograms(images, p, radius, *self.grids) for p, radius in self.circles]
        for histograms in scales:
            histograms *= weights.repeat(histograms.shape[1] // len(weights))
        return np.concatenate(scales, axis=1)


def build(
    *,
    neighbours: Neighbours | Annotated[Sequence[Neighbours], Length(1)] = 8,
    radius_px: Positive | Annotated[Sequence[Positive], Length(1)] = 2.0,
    grid: Grid | Annotated[Sequence[Grid], Length(1)] = 7,
    weights: Literal["ahonen2006"] | Sequence[Annotated[float, Ge(0)]] | None = None,
) -> LBPHistogram:
    """Build the encoder of LBP histograms.

    neighbours : P of the patterns. radius_px : R of their circle; lists of P and R for several scales, as long as each
    other or one number. grid : regions along each side of the crop, or a list of several grids; 20 for light from the
    side, after ``tan_triggs``: in the 16 px of the paper's 7 a shadow's edge hides the face. weights : how much each
    region counts, row by row (grid by grid), the same at every scale; "ahonen2006" for those of the paper's 7 x 7; None
    for all alike. Raises UserError for lists that do not go together.
    """
    ps, radii = _list(neighbours), _list(radius_px)
    if len(ps) != len(radii) and 1 not in (len(ps), len(radii)):
        raise UserError(
            f"lbp_histogram: expected as many neighbours as radius_px, got {len(ps)} ({neighbours}) and "
            f"{len(radii)} ({radius_px})"
        )
    _region_weights(weights, sum(g**2 for g in _list(grid)))
    return LBPHistogram(neighbours, radius_px, grid, weights)


def _list(setting: float | Sequence[float]) -> list:
    return list(setting) if isinstance(setting, Sequence) else [setting]


def _region_weights(weights: str | Sequence[float] | None, regions: int) -> np.ndarray:
    if weights is None:
        return np.ones(regions, np.float32)
    column = np.array(WEIGHTS[weights] if isinstance(weights, str) else weights, np.float32)
    if column.shape != (regions,) or not column.any():
        raise UserError(
            f"lbp_histogram: expected {regions} weights, one for each region of the grid, not all of them 0, "
            f"got {len(column)}: {weights}"
        )
    return column
