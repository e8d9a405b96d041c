"""What expression, closed eyes and age do to the shape of a face: displacement fields over the face at rest."""

from dataclasses import dataclass

import numpy as np

from .factors import Factors
from .identity import Identity
from .relief import layout
from .smooth import bump, step


def age_level(factors: Factors) -> float:
    """Compute how aged a face is: 0 up to 28 years, 1 from 78 years on."""
    return float(step(factors.age_years, 24.0, 80.0))


def mouth_gap_mm(factors: Factors) -> float:
    """Compute how far the lips part: only a broad smile shows teeth."""
    return 7.5 * float(step(factors.expression, 0.35, 1.0))


@dataclass(frozen=True)
class Hills:
    """The smooth bumps, 0..1, where a face gives way, (...) at each point of one head: the same in all its images."""

    sign: np.ndarray  # of x: which side
    corner: np.ndarray  # of the mouth
    lips: np.ndarray
    parting: np.ndarray  # of the lips: negative above the mouth
    cheek: np.ndarray
    inner_brow: np.ndarray
    outer_brow: np.ndarray
    chin: np.ndarray
    jowl: np.ndarray
    hollow: np.ndarray  # of the cheek
    bag: np.ndarray  # under the eye
    fade: np.ndarray  # to nothing behind the face


def hills(person: Identity, x: np.ndarray, y: np.ndarray) -> Hills:
    """Compute the hills at frontal positions x, y in mm, of one shape."""
    at, side = layout(person), np.abs(x)
    return Hills(
        sign=np.sign(x),
        corner=bump(side, y, at.mouth_half_width, at.mouth_y, 10.0, 10.0),
        lips=bump(x, y, 0.0, at.mouth_y, 0.8 * at.mouth_half_width, 9.0),
        parting=np.sign(y - at.mouth_y) * bump(x, y, 0.0, at.mouth_y, 0.6 * at.mouth_half_width, 9.0),
        cheek=bump(side, y, at.eye_x + 8.0, 30.0, 14.0, 12.0),
        inner_brow=bump(side, y, 13.0, -20.0, 11.0, 8.0),
        outer_brow=bump(side, y, 36.0, -21.0, 12.0, 8.0),
        chin=bump(x, y, 0.0, at.chin_y, 30.0, 22.0),
        jowl=bump(side, y, 44.0, at.chin_y - 20.0, 12.0, 12.0),
        hollow=bump(side, y, 46.0, at.mouth_y - 12.0, 12.0, 14.0),
        bag=bump(side, y, at.eye_x, 12.5, 10.0, 3.5),
        fade=step(side, 84.0, 66.0),
    )


def deformation_mm(person: Identity, factors: Factors, on: Hills) -> np.ndarray:
    """Compute the displacement (..., 3) in mm of the face at rest, for the points of `on`."""
    smile, frown = max(factors.expression, 0.0), max(-factors.expression, 0.0)
    gap = 0.5 * mouth_gap_mm(factors)
    opening = gap * on.parting
    dx = on.sign * (6.0 * smile * on.corner - 2.5 * frown * on.corner - 3.0 * frown * on.inner_brow)
    dy = -6.5 * smile * on.corner + 6.0 * frown * on.corner + 4.0 * frown * on.inner_brow - 1.5 * frown * on.outer_brow
    dy = dy - 2.5 * smile * on.cheek + opening + 1.2 * gap * on.chin + 1.5 * frown * on.lips
    dz = -3.5 * smile * on.corner + 3.5 * smile * on.cheek - 2.0 * smile * on.lips
    dz = dz + 1.5 * frown * on.inner_brow + 1.5 * frown * on.lips

    old = age_level(factors) * person.wrinkle_level
    dx = dx + old * on.sign * 4.5 * on.jowl
    dy = dy + old * (4.0 * on.jowl + 2.5 * on.corner + 2.0 * on.outer_brow)
    dz = dz + old * (2.5 * on.jowl - 4.0 * on.hollow + 1.8 * on.bag - 1.5 * on.lips)
    return np.stack([dx * on.fade, dy * on.fade, dz * on.fade], axis=-1)
