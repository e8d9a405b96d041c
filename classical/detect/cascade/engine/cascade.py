"""A cascade of boosted Haar features slides over an image: most windows are rejected by its first, small stages.

P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001: features (section
2), variance normalisation (section 5), cascade (section 4). Weak classifiers may be small trees: R. Lienhart et al.,
"Empirical Analysis of Detection Cascades of Boosted Classifiers for Rapid Object Detection", DAGM 2003.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numba
import numpy as np

from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.classical.image.scale_pyramid import Level, levels_for, scales_for, window_at

from .bands import BAND_ROWS, band_height_px, bands_of
from .group_rectangles import clip, group_rectangles
from .integral_layout import stride_for, upright_corners
from .nodes import Nodes
from .parts import LbpFeatures, Stages
from .scan import scan


@dataclass(frozen=True)
class Cascade:
    """window_px : width and height. features : of the nodes, in their order.

    face : where in a window the face lies, x1 y1 x2 y2 in sides of the window. Faces are higher than wide, and windows
    are as wide as was found best; whoever trains a cascade knows. OpenCV's do not say: their boxes are the windows.
    """

    window_px: tuple[int, int]
    stages: Stages
    features: HaarFeatures | LbpFeatures
    face: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def windows(
        self, image: np.ndarray, factor: float, min_size_px: int, max_size_px: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """All windows of a grey image (H, W) uint8 that pass every stage, from small to large, row by row.

        factor : from one scale to the next, above 1. min_size_px, max_size_px : of the window's sides, 0 for no limit.
        Returns boxes (N, 4) int64 x y width height, which by rounding may reach over the right or lower border by a
        few pixels, and weights (N,) float64, the last stage's sums.
        """
        image_px = (image.shape[1], image.shape[0])
        boxes, weights = [np.zeros((0, 4), np.int64)], [np.zeros(0)]
        scales = scales_for(image_px, self.window_px, factor, min_size_px, max_size_px)
        # The step becomes smaller at most once, so that the levels stay in their order.
        for _, group in groupby(levels_for(image_px, self.window_px, scales), lambda level: level.step_px):
            levels = list(group)
            number, row, column, sums = self._passed(levels, [level.reduce(image) for level in levels])
            scale = np.array([level.scale for level in levels])[number]
            corners = [np.rint((levels[0].step_px * place).astype(np.float32) * scale) for place in (column, row)]
            sides = np.array([window_at(self.window_px, level.scale) for level in levels])[number]
            boxes.append(np.column_stack([*corners, sides]).astype(np.int64))
            weights.append(sums)
        return np.concatenate(boxes), np.concatenate(weights)

    def scan(self, level: Level, image: np.ndarray) -> np.ndarray:
        """The windows' weights on one level, -inf for one that is rejected: (rows, columns) float64."""
        passed = np.full(level.windows, -np.inf)
        _, row, column, weights = self._passed([level], [image])
        passed[row, column] = weights
        return passed

    def _passed(self, levels: Sequence[Level], images: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Of levels with one step: number of the level, row, column and last sum of each window that passes, (N,)."""
        (width, height), step = self.window_px, levels[0].step_px
        stride = max(stride_for(level.size_px[0], step) for level in levels)
        haar = isinstance(self.features, HaarFeatures)
        tilted = isinstance(self.features, HaarFeatures) and bool(self.features.tilted.any())
        tilted_from = (band_height_px(BAND_ROWS, step, height) + 1) * stride if tilted else 0
        # The outermost pixels do not count towards the variance.
        inside = upright_corners(np.array([1, 1, width - 2, height - 2]), stride, step)
        bands, origins = bands_of(levels, height)
        if len(bands) == 0:
            return origins[:, 0], origins[:, 0], origins[:, 0], np.zeros(0)
        windows = int((bands[:, 3] * bands[:, 4]).sum())
        passed, weights, found = np.empty(windows, np.int64), np.empty(windows), np.zeros(len(bands), np.int64)
        scan(
            np.concatenate([image.ravel() for image in images]),
            bands,
            numba.get_num_threads(),
            step,
            stride,
            tilted_from,
            self.stages,
            Nodes.of(self.stages, self.features, stride, step, tilted_from),
            inside,
            float((width - 2) * (height - 2)) if haar else 0.0,
            passed,
            weights,
            found,
        )
        return _places(bands, origins, passed, weights, found)

    def detect(
        self,
        image: np.ndarray,
        factor: float,
        min_neighbors: int,
        min_size_px: int,
        max_size_px: int = 0,
        *,
        summed: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Windows that overlap are one object. As `detectMultiScale3` of OpenCV with outputRejectLevels.

        min_neighbors : see group_rectangles; 0 leaves the windows as they are.
        Returns boxes (N, 4) int64 x y width height inside the image, weights (N,) float64: the best of each group, or,
        if ``summed``, the sum of what its windows have above the last stage's threshold: many windows are sure, too.
        """
        boxes, weights = self.windows(image, factor, min_size_px, max_size_px)
        if summed:
            weights = weights - self.stages.thresholds[-1]
        boxes, weights = group_rectangles(boxes, weights, min_neighbors, summed)
        return clip(boxes, weights, (image.shape[1], image.shape[0]))


def _places(
    bands: np.ndarray, origins: np.ndarray, passed: np.ndarray, weights: np.ndarray, found: np.ndarray
) -> tuple[np.ndarray, ...]:
    """What scan has found: number of the level, row, column, weight."""
    of_band = np.repeat(np.arange(len(bands)), found)
    places = np.concatenate([np.arange(first, first + count) for first, count in zip(bands[:, 5], found, strict=True)])
    row, column = np.divmod(passed[places], bands[of_band, 4])
    return origins[of_band, 0], origins[of_band, 1] + row, column, weights[places]
