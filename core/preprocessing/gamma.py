"""Gamma: grey levels to a power, which stretches the dark ones where it is below 1 and the bright ones above."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.luma import on_luma, to_uint8


def gamma_correct(grey: np.ndarray, gamma: float) -> np.ndarray:
    """Raise the grey levels (H, W) uint8 to a power: 255 (g / 255) ** gamma. Black and white stay what they are."""
    levels = np.arange(256) / 255
    return np.asarray(to_uint8(255 * levels**gamma)[grey])


@dataclass(frozen=True)
class Gamma:
    """Preprocessing step: gamma correction of the luma.

    gamma : the power; 1 changes nothing.
    """

    gamma: Annotated[float, Ge(0.05), Le(20)] = 0.5

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Correct the luma of crops (N, S, S, 3) uint8, see core/luma.py."""
        return on_luma(crops, lambda grey: gamma_correct(grey, self.gamma))


build = Gamma
