"""A cascade of boosted Haar or LBP features slides over an image: its first, small stages reject most windows.

P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001: features (section
2), variance normalisation (section 5), cascade (section 4). Weak classifiers may be small trees: R. Lienhart et al.,
"Empirical Analysis of Detection Cascades of Boosted Classifiers for Rapid Object Detection", DAGM 2003.

Levels of an image pyramid are cut into bands, some rows of windows each, so that threads share the work and integral
images stay small.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numba
import numpy as np

from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.classical.image.scale_pyramid import Level, levels_for, scales_for, window_at

from .group_rectangles import clip, group_rectangles
from .integral_layout import stride_for, upright_corners
from .nodes import Nodes
from .scan import scan
from .stages import LbpFeatures, Stages

#: Rows of windows in a band: few enough that its integral images stay in a processor's second cache.
BAND_ROWS = 32


@dataclass(frozen=True)
class Cascade:
    """A trained cascade. window_px : width and height. features : of the nodes, in their order.

    face : where in a window the face lies, x1 y1 x2 y2 in sides of the window. Faces are higher than wide, and windows
    are as wide as was found best; whoever trains a cascade knows. OpenCV's do not say: their boxes are the windows.
    """

    window_px: tuple[int, int]
    stages: Stages
    features: HaarFeatures | LbpFeatures
    face: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    @property
    def parameters(self) -> int:
        """How many numbers training chose: thresholds, splits, leaves, and what each node's feature is made of."""
        numbers = sum(column.size for column in (self.stages.thresholds, self.stages.leaves))
        if isinstance(self.features, HaarFeatures):
            # A rectangle is four numbers and a weight.
            return numbers + self.stages.splits.size + 5 * int(np.count_nonzero(self.features.weights))
        return numbers + self.features.cells.size + self.features.subsets.size

    def first_stages(self, count: int) -> "Cascade":
        """Return the cascade of the first ``count`` stages: it rejects less, and finds what it did, too."""
        kept = self.stages.first(count)
        features = type(self.features)(*(column[: len(kept.children)] for column in self.features))
        return replace(self, stages=kept, features=features)

    def windows(
        self, image: np.ndarray, factor: float, min_size_px: int, max_size_px: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find all windows of a grey image (H, W) uint8 that pass every stage, from small to large, row by row.

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
            corners = [np.rint((levels[0].step_px * index).astype(np.float32) * scale) for index in (column, row)]
            sides = np.array([window_at(self.window_px, level.scale) for level in levels])[number]
            boxes.append(np.column_stack([*corners, sides]).astype(np.int64))
            weights.append(sums)
        return np.concatenate(boxes), np.concatenate(weights)

    def scan(self, level: Level, image: np.ndarray) -> np.ndarray:
        """Return the windows' weights on one level, (rows, columns) float64, -inf for a window that is rejected."""
        passed = np.full(level.windows, -np.inf)
        _, row, column, weights = self._passed([level], [image])
        passed[row, column] = weights
        return passed

    def _passed(self, levels: Sequence[Level], images: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Find the windows that pass on levels with one step: number of the level, row, column and last sum, (N,)."""
        (width, height), step = self.window_px, levels[0].step_px
        stride = max(stride_for(level.size_px[0], step) for level in levels)
        haar = isinstance(self.features, HaarFeatures)
        tilted = isinstance(self.features, HaarFeatures) and bool(self.features.tilted.any())
        tilted_from = (_band_height_px(BAND_ROWS, step, height) + 1) * stride if tilted else 0
        # The outermost pixels do not count towards the variance.
        inside = upright_corners(np.array([1, 1, width - 2, height - 2]), stride, step)
        bands, origins = _cut_into_bands(levels, height)
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
        return _window_indices(bands, origins, passed, weights, found)

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
        """Detect objects: windows that overlap are one. As `detectMultiScale3` of OpenCV with outputRejectLevels.

        min_neighbors : see group_rectangles; 0 leaves the windows as they are.
        Returns boxes (N, 4) int64 x y width height inside the image, weights (N,) float64: the best of each group, or,
        if ``summed``, the sum of what its windows have above the last stage's threshold: many windows are sure, too.
        """
        boxes, weights = self.windows(image, factor, min_size_px, max_size_px)
        if summed:
            weights = weights - self.stages.thresholds[-1]
        boxes, weights = group_rectangles(boxes, weights, min_neighbors, summed)
        return clip(boxes, weights, (image.shape[1], image.shape[0]))


def _band_height_px(rows: int, step_px: int, window_height_px: int) -> int:
    """Return the height in pixels of ``rows`` rows of windows."""
    return (rows - 1) * step_px + window_height_px


def _cut_into_bands(levels: Sequence[Level], window_height_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut levels into bands of at most BAND_ROWS rows of windows.

    Returns (B, 6) int64: first pixel, width and height in pixels, rows and columns of windows, number of the first
    window. Pixels are counted through all levels' images, one after the other, windows through all bands. Also (B, 2)
    int64: the number of each band's level, and of its first row of windows there.
    """
    bands, origins, pixel, first = [], [], 0, 0
    for number, level in enumerate(levels):
        width, height = level.size_px
        rows, columns = level.windows
        for row in range(0, rows if columns else 0, BAND_ROWS):
            count = min(BAND_ROWS, rows - row)
            height_px = _band_height_px(count, level.step_px, window_height_px)
            bands.append((pixel + row * level.step_px * width, width, height_px, count, columns, first))
            origins.append((number, row))
            first += count * columns
        pixel += width * height
    return np.array(bands, np.int64).reshape(-1, 6), np.array(origins, np.int64).reshape(-1, 2)


def _window_indices(
    bands: np.ndarray, origins: np.ndarray, passed: np.ndarray, weights: np.ndarray, found: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Convert what scan has found to number of the level, row, column and weight, (N,) each."""
    of_band = np.repeat(np.arange(len(bands)), found)
    indices = np.concatenate([np.arange(first, first + count) for first, count in zip(bands[:, 5], found, strict=True)])
    row, column = np.divmod(passed[indices], bands[of_band, 4])
    return origins[of_band, 0], origins[of_band, 1] + row, column, weights[indices]
