"""What expression, closed eyes and age do to the shape of a face: displacement fields over the face at rest."""

import numpy as np

from .factors import Factors
from .identity import Identity
from .relief import layout
from .smooth import bump, step


def age_level(factors: Factors) -> float:
    """0 up to 28 years, 1 from 78 years on."""
    return float(step(factors.age_years, 24.0, 80.0))


def mouth_gap_mm(factors: Factors) -> float:
    """How far the lips part: only a broad smile shows teeth."""
    return 7.5 * float(step(factors.expression, 0.35, 1.0))


def deformation_mm(person: Identity, factors: Factors, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Displacement (..., 3) in mm of the face at rest, for frontal positions x, y of one shape."""
    at = layout(person)
    side, sign = np.abs(x), np.sign(x)
    smile, frown = max(factors.expression, 0.0), max(-factors.expression, 0.0)
    corner = bump(side, y, at.mouth_half_width, at.mouth_y, 10.0, 10.0)
    lips = bump(x, y, 0.0, at.mouth_y, 0.8 * at.mouth_half_width, 9.0)
    cheek = bump(side, y, at.eye_x + 8.0, 30.0, 14.0, 12.0)
    inner_brow = bump(side, y, 13.0, -20.0, 11.0, 8.0)
    outer_brow = bump(side, y, 36.0, -21.0, 12.0, 8.0)
    gap = 0.5 * mouth_gap_mm(factors)
    opening = np.sign(y - at.mouth_y) * gap * bump(x, y, 0.0, at.mouth_y, 0.6 * at.mouth_half_width, 9.0)
    chin = bump(x, y, 0.0, at.chin_y, 30.0, 22.0)

    dx = sign * (6.0 * smile * corner - 2.5 * frown * corner - 3.0 * frown * inner_brow)
    dy = -6.5 * smile * corner + 6.0 * frown * corner + 4.0 * frown * inner_brow - 1.5 * frown * outer_brow
    dy = dy - 2.5 * smile * cheek + opening + 1.2 * gap * chin + 1.5 * frown * lips
    dz = (
        -3.5 * smile * corner + 3.5 * smile * cheek - 2.0 * smile * lips + 1.5 * frown * inner_brow + 1.5 * frown * lips
    )

    old = age_level(factors) * person.wrinkle_level
    jowl = bump(side, y, 44.0, at.chin_y - 20.0, 12.0, 12.0)
    hollow = bump(side, y, 46.0, at.mouth_y - 12.0, 12.0, 14.0)
    bag = bump(side, y, at.eye_x, 12.5, 10.0, 3.5)
    dx = dx + old * sign * 4.5 * jowl
    dy = dy + old * (4.0 * jowl + 2.5 * corner + 2.0 * outer_brow)
    dz = dz + old * (2.5 * jowl - 4.0 * hollow + 1.8 * bag - 1.5 * lips)
    fade = step(side, 84.0, 66.0)
    return np.stack([dx * fade, dy * fade, dz * fade], axis=-1)
