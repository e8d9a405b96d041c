"""Haar features: a seeded draw of the classic rectangles, normalised by the window's deviation (Viola and Jones 2001).

The values are those that a cascade sees, see classical/detect/haar/responses.py.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np

from eigen2arc.classical.detect.haar.features import CLASSIC, HaarFeatures, count_features, enumerate_features
from eigen2arc.classical.detect.haar.responses import haar_responses
from eigen2arc.classical.image.crop_windows import check_windows
from eigen2arc.core.bounds import Count, Ge, Le, Seed
from eigen2arc.core.errors import UserError


@dataclass
class Haar:
    """Haar features of windows, D = features.

    size_px : side of the windows. features : how many of all are drawn, with ``seed``.
    """

    size_px: Annotated[int, Ge(1), Le(256)] = 24
    features: Count = 2000
    seed: Seed = 0

    def __post_init__(self) -> None:
        fitting = count_features(self.size_px, self.size_px, CLASSIC)
        if self.features > fitting:
            raise UserError(
                f"haar: expected up to {fitting:,} features of {self.size_px} x {self.size_px} pixels, "
                f"got {self.features:,}"
            )

    def describe(self, windows: np.ndarray) -> np.ndarray:
        """Describe windows (N, S, S) uint8 grey, (N, D) float32 around 0, in the order of haar/features.py; flat: 0."""
        windows = check_windows(windows, self.size_px)
        if len(windows) == 0:
            return np.zeros((0, self.features), np.float32)
        return np.ascontiguousarray(haar_responses(windows, self._drawn).T)

    @cached_property
    def _drawn(self) -> HaarFeatures:
        every = enumerate_features(self.size_px, self.size_px, CLASSIC)
        rng = np.random.default_rng(self.seed)
        chosen = np.sort(rng.choice(len(every.tilted), self.features, replace=False))
        return HaarFeatures(every.rectangles[chosen], every.weights[chosen], every.tilted[chosen])


build = Haar
