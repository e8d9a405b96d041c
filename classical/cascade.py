"""A cascade of boosted Haar features slides over an image: most windows are rejected by its first, small stages.

P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001: features (section
2), variance normalisation (section 5), cascade (section 4). Weak classifiers may be small trees: R. Lienhart et al.,
"Empirical Analysis of Detection Cascades of Boosted Classifiers for Rapid Object Detection", DAGM 2003.
"""

from dataclasses import dataclass

import numpy as np

from .cascade_parts import HaarFeatures, LbpFeatures, Stages
from .cascade_scan import scan
from .grouping import clip, group_rectangles
from .integral_image import integral_images
from .pyramid import Level, levels_for, scales_for, window_at
from .side_by_side import corner_offsets, side_by_side


@dataclass(frozen=True)
class Cascade:
    """window_px : width and height. features : of the nodes, in their order."""

    window_px: tuple[int, int]
    stages: Stages
    features: HaarFeatures | LbpFeatures

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
        for level in levels_for(image_px, self.window_px, scales):
            passed = self.scan(level, level.reduce(image))
            row, column = np.nonzero(passed > -np.inf)
            corners = [np.rint((level.step_px * place).astype(np.float32) * level.scale) for place in (column, row)]
            sides = [np.full(len(row), side) for side in window_at(self.window_px, level.scale)]
            boxes.append(np.stack(corners + sides, axis=1).astype(np.int64))
            weights.append(passed[row, column])
        return np.concatenate(boxes), np.concatenate(weights)

    def scan(self, level: Level, image: np.ndarray) -> np.ndarray:
        """The windows' weights on one level, -inf for one that is rejected: (rows, columns) float64."""
        step = level.step_px
        passed = np.full((-(-level.rows_px // step), -(-level.columns_px // step)), -np.inf)
        if passed.size == 0:  # by rounding, the level may be a pixel smaller than the window
            return passed
        assert isinstance(self.features, HaarFeatures)
        ii, squares = (side_by_side(sums, step) for sums in integral_images(np.ascontiguousarray(image)))
        stride = ii.shape[1]
        width, height = self.window_px
        # The outermost pixels do not count towards the variance.
        inside = corner_offsets(np.array([[1, 1, width - 2, height - 2]]), stride, step)[0]
        area = (width - 2) * (height - 2)
        offsets = corner_offsets(self.features.rectangles.reshape(-1, 4), stride, step).reshape(-1, 3, 4)
        scan(
            ii.ravel(),
            squares.ravel(),
            stride * step,
            inside,
            area,
            self.stages,
            self.features.weights,
            offsets,
            passed,
        )
        return passed

    def detect(
        self, image: np.ndarray, factor: float, min_neighbors: int, min_size_px: int, max_size_px: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Windows that overlap are one object. As `detectMultiScale3` of OpenCV with outputRejectLevels.

        min_neighbors : see group_rectangles; 0 leaves the windows as they are.
        Returns boxes (N, 4) int64 x y width height inside the image, weights (N,) float64: the best of each group.
        """
        boxes, weights = self.windows(image, factor, min_size_px, max_size_px)
        boxes, weights = group_rectangles(boxes, weights, min_neighbors)
        return clip(boxes, weights, (image.shape[1], image.shape[0]))
