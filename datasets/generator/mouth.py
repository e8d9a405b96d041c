"""Teeth and the dark of the mouth, painted between lips that part."""

import numpy as np

from .deformation import mouth_gap_mm
from .factors import Factors
from .identity import Identity
from .relief import layout
from .smooth import step

REACH_MM = (34.0, 7.0)  # nothing is painted farther from the middle of the lips across and down


def paint_mouth(person: Identity, factors: Factors, rgb: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Paint the open mouth over the part (R,C,3) of the skin texture within `REACH_MM` of the lips, in place."""
    # The mesh stretches about the seam by half the gap; the other half is painted over the lips' inner rims.
    gap = 0.5 * mouth_gap_mm(factors)
    if gap < 0.2:
        return
    at = layout(person)
    t = np.clip(np.abs(x) / (0.92 * at.mouth_half_width), 0.0, 1.0)
    top, bottom = at.mouth_y - 0.35 * gap * (1.0 - t**4), at.mouth_y + gap * (1.0 - t * t)
    hole = step(y, top - 0.4, top + 0.4) * step(y, bottom + 0.4, bottom - 0.4) * step(t, 1.0, 0.93)
    between = 1.0 - 0.35 * step(np.abs((np.abs(x) / 7.2) % 1.0 - 0.5), 0.40, 0.5)
    teeth = (0.62 * between * (1.0 - 0.75 * t * t))[..., None] * np.array([1.0, 0.93, 0.82], dtype=np.float32)
    dark = np.array([0.035, 0.012, 0.010], dtype=np.float32)
    edge = step(y, bottom - 0.15 * gap, bottom - 0.45 * gap)
    rgb += hole[..., None] * (dark + edge[..., None] * (teeth - dark) - rgb)
