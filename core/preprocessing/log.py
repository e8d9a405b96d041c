"""Logarithm: equal ratios of light become equal steps, as in Weber and Fechner's law of what an eye sees."""

import numpy as np

from eigen2arc.core.luma import on_luma, to_uint8


def log_transform(grey: np.ndarray) -> np.ndarray:
    """Transform the grey levels (H, W) uint8 by a logarithm: 255 log(1 + g) / log(256).

    Black and white stay what they are.
    """
    return np.asarray(to_uint8(255 * np.log1p(np.arange(256)) / np.log(256))[grey])


class Log:
    """Preprocessing step: the logarithm of the luma."""

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Transform the luma of crops (N, S, S, 3) uint8, see core/luma.py."""
        return on_luma(crops, log_transform)


build = Log
