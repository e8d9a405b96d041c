"""What a channel detector has learned, and the windows that it finds in an image."""

from dataclasses import dataclass

import numpy as np

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.core.checks import check_finite, check_shape

from .channels import CHANNELS
from .fast_feature_pyramid import pyramid
from .soft_cascade import scan
from .window_features import FEATURES, WINDOW, WINDOW_PX


@dataclass(frozen=True)
class ChannelCascade:
    """trees : on the FEATURES of a window. lambdas : (CHANNELS,), see channel_pyramid.estimate_lambdas().

    reject_below : a window is given up once its sum is less.
    """

    trees: BoostedTrees
    lambdas: np.ndarray
    reject_below: float = -1.0

    def __post_init__(self) -> None:
        check_shape(self.lambdas, str(CHANNELS), "ChannelCascade.lambdas")
        check_finite(self.lambdas, "ChannelCascade.lambdas")
        if len(self.trees) and self.trees.features.max() >= FEATURES:
            raise ValueError(f"ChannelCascade: expected features below {FEATURES}, got {self.trees.features.max()}")

    def windows(self, grey: np.ndarray, least_px: float) -> tuple[np.ndarray, np.ndarray]:
        """The windows of (H, W) uint8 whose side is least_px or more, and that score above 0: more face than not.

        Returns (N, 4) float64 x1 y1 x2 y2, which may reach over the border, and scores (N,) float32.
        """
        found, scores = [np.zeros((0, 4))], [np.zeros(0, np.float32)]
        for level in pyramid(grey, self.lambdas, WINDOW_PX / least_px, WINDOW):
            sums = self._scan(level.cells)
            rows, columns = np.nonzero(sums > 0)
            corners = np.stack([columns, rows], axis=1)
            found.append(np.concatenate([level.to_image(corners), level.to_image(corners + WINDOW)], axis=1))
            scores.append(sums[rows, columns])
        return np.concatenate(found), np.concatenate(scores)

    def _scan(self, cells: np.ndarray) -> np.ndarray:
        trees = self.trees
        return scan(cells, WINDOW, trees.features, trees.thresholds, trees.leaves, self.reject_below)
