"""The relief of a face on the bare head: brow ridge, sockets, eyeballs, nose, lips, chin, cheekbones."""

from dataclasses import dataclass

import numpy as np

from .identity import Identity
from .smooth import bump, curve, step


@dataclass(frozen=True)
class Layout:
    """Where the features of one face lie, in frontal millimetres (see `surface` for the axes)."""

    eye_x: float
    pupil_y: float
    nose_base_y: float
    tip_y: float
    mouth_y: float
    mouth_half_width: float
    chin_y: float


def layout(person: Identity) -> Layout:
    """Compute the feature positions of a person."""
    base, chin = person.nose_length_mm, person.face_length_mm
    mouth = base + (chin - base) * (0.32 + 0.018 * person.mouth_height)
    return Layout(
        0.5 * person.eye_spacing_mm,
        -0.10 * person.eye_opening_mm,
        base,
        base - 7.5,
        mouth,
        0.5 * person.mouth_width_mm,
        chin,
    )


def _nose(p: Identity, at: Layout, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    height = p.nose_projection_mm
    tip = at.tip_y - 1.2 * p.nose_tip
    knots = np.array(
        [-16.0, -4.0, 0.35 * tip, 0.72 * tip, tip - 1.0, tip + 4.0, at.nose_base_y + 1.0, at.nose_base_y + 6.0]
    )
    bridge = 1.3 * p.nose_bridge
    rise = height * np.array([0.16, 0.24, 0.48, 0.78, 1.0, 0.86, 0.22, 0.0]) + np.array(
        [0.0, 0.8 * bridge, 1.6 * bridge, bridge, 0.0, 0.0, 0.0, 0.0]
    )
    wing = 0.5 * p.nose_width_mm
    half = curve(y, knots, np.array([9.0, 6.2, 6.6, 7.4, 0.42 * wing + 1.2, 0.45 * wing, 0.42 * wing, 0.4 * wing]))
    ridge = curve(y, knots, rise) * np.exp(-0.5 * (np.abs(x) / half) ** 2.3)
    side = np.abs(x)
    wings = 0.46 * height * bump(side, y, wing - 4.6, at.nose_base_y - 4.8, 3.6, 4.6)
    return np.asarray(ridge + wings - 2.2 * bump(side, y, 0.42 * wing, at.nose_base_y + 1.0, 3.0, 2.2))


def _mouth(p: Identity, at: Layout, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    wide, my = at.mouth_half_width, at.mouth_y
    arch = 5.5 * bump(x, y, 0.0, my - 1.0, 0.95 * wide, 15.0)
    upper = (1.6 + 0.22 * p.upper_lip_mm) * bump(
        x, y, 0.0, my - 0.45 * p.upper_lip_mm, 0.52 * wide, 0.5 * p.upper_lip_mm
    )
    lower = (1.9 + 0.22 * p.lower_lip_mm) * bump(
        x, y, 0.0, my + 0.50 * p.lower_lip_mm, 0.48 * wide, 0.5 * p.lower_lip_mm
    )
    seam = -2.6 * bump(x, y, 0.0, my, 0.62 * wide, 1.4) - 2.0 * bump(np.abs(x), y, wide + 1.5, my + 0.5, 4.0, 5.0)
    middle = 0.5 * (at.nose_base_y + my - p.upper_lip_mm)
    philtrum = 0.8 * bump(np.abs(x), y, 4.2, middle, 1.8, 4.0) - 1.3 * bump(x, y, 0.0, middle, 2.0, 4.0)
    return np.asarray(arch + upper + lower + seam + philtrum)


def relief_mm(person: Identity, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Compute the forward displacement of the face at rest, mm towards the camera, in the shape of x.

    x, y : of one shape, frontal positions on the bare head, mm.
    """
    p, at = person, layout(person)
    side = np.abs(x)
    brow = (3.2 + 1.2 * p.brow_ridge) * bump(side, y, 0.8 * at.eye_x, -17.0, 15.0, 6.5)
    socket = -(6.8 + 1.1 * p.eye_depth) * bump(side, y, at.eye_x - 2.0, -1.0, 14.5, 9.5)
    corner = -4.0 * bump(side, y, at.eye_x - p.eye_half_width_mm - 1.0, 1.0, 4.5, 7.0)
    ball = 4.8 * bump(side, y, at.eye_x, 0.0, 8.0, 6.0)
    below = 1.0 * bump(side, y, at.eye_x, 11.0, 12.0, 4.0)
    bone = (3.6 + 0.9 * p.cheekbone_width) * bump(side, y, at.eye_x + 15.0, 24.0, 14.0, 12.0)
    hollow = (-0.8 + 1.7 * p.fullness) * bump(side, y, 44.0, at.mouth_y - 8.0, 13.0, 17.0)
    temple = -3.0 * bump(side, y, 66.0, -24.0, 10.0, 18.0)
    forehead = 2.0 * bump(side, y, 24.0, -52.0, 22.0, 16.0)
    fold = -1.4 * bump(x, y, 0.0, 0.52 * at.mouth_y + 0.48 * at.chin_y, 17.0, 4.5) - 0.8 * bump(
        side,
        y,
        0.5 * (0.5 * p.nose_width_mm + at.mouth_half_width) + 2.0,
        0.5 * (at.nose_base_y + at.mouth_y),
        4.0,
        12.0,
    )
    chin = (4.5 + 1.0 * p.chin_projection) * bump(x, y, 0.0, at.chin_y - 12.0, 14.0, 8.5)
    fade = step(side, 78.0, 62.0)
    rest = brow + socket + corner + ball + below + bone + hollow + temple + forehead + fold + chin
    return np.asarray(fade * (rest + _nose(p, at, x, y) + _mouth(p, at, x, y)))
