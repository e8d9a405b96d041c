"""Normalisation: every crop gets the same mean and the same deviation of its grey levels."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.luma import on_luma

#: Crops flatter than this (standard deviation in grey levels) are not amplified any further: they hold rounding only.
MIN_DEVIATION = 1.0


def normalize(grey: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """Normalize grey levels (H, W) of any dtype to float64 of the given mean and standard deviation."""
    return np.asarray(mean + (grey - grey.mean()) * (deviation / max(grey.std(), MIN_DEVIATION)))


@dataclass(frozen=True)
class Normalization:
    """Preprocessing step: every crop's luma with one mean and one deviation.

    mean, deviation : of the grey levels that come out.
    With a deviation of 48 all but the glints and pupils of a face fit into 0..255.
    """

    mean: Annotated[float, Ge(0), Le(255)] = 127.5
    deviation: Annotated[float, Ge(1), Le(127.5)] = 48.0

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Normalize the luma of crops (N, S, S, 3) uint8, see core/luma.py."""
        return on_luma(crops, lambda grey: normalize(grey, self.mean, self.deviation))


build = Normalization
