"""Logarithm: equal ratios of light become equal steps, as in Weber and Fechner's law of what an eye sees."""

import numpy as np

from eigen2arc.core.luma import on_luma, to_uint8


def log_transform(grey: np.ndarray) -> np.ndarray:
    """(H, W) uint8 to the same: 255 log(1 + g) / log(256). Black and white stay what they are."""
    return to_uint8(255 * np.log1p(np.arange(256)) / np.log(256))[grey]


class Log:
    def apply(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 to the same; the luma is changed, see core/luma.py."""
        return on_luma(crops, log_transform)


def build() -> Log:
    """It has no settings."""
    return Log()
