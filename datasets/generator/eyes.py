"""Eyes painted into the skin texture: lids, sclera, iris, pupil, lashes, and the lamp's reflection."""

import numpy as np

from .deformation import age_level
from .factors import Factors
from .identity import Identity
from .relief import layout
from .smooth import bump, step

REACH_MM = (21.0, 14.0)  # nothing is painted farther from the pupil across and down
IRIS_RADIUS_MM = 5.9
PUPIL_RADIUS_MM = 2.3


def _over(rgb: np.ndarray, colour: np.ndarray | float, alpha: np.ndarray) -> None:
    rgb += alpha[..., None] * (colour - rgb)


def _iris(person: Identity, rgb: np.ndarray, dx: np.ndarray, dy: np.ndarray, inside: np.ndarray) -> None:
    radius, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
    fibres = 1.0 + 0.22 * np.sin(11.0 * angle + person.seed % 7) + 0.14 * np.sin(29.0 * angle + 1.7 * radius)
    ring = 1.0 - 0.75 * step(radius, IRIS_RADIUS_MM - 1.6, IRIS_RADIUS_MM)
    colour = np.asarray(person.iris_rgb, dtype=np.float32) * (fibres * ring)[..., None]
    _over(rgb, colour, inside * step(radius, IRIS_RADIUS_MM + 0.35, IRIS_RADIUS_MM - 0.35))
    _over(rgb, 0.004, inside * step(radius, PUPIL_RADIUS_MM + 0.4, PUPIL_RADIUS_MM - 0.4))


def paint_eye(person: Identity, factors: Factors, rgb: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Paint one eye over skin, in place.

    person, factors : `eyes_closed`, `expression`, `age_years` and the direction of the light are used.
    rgb : (R,C,3) float32, the part of the skin texture within `REACH_MM` of the pupil.
    x, y : (R,C) float32, positions of its texels, mm.
    """
    at = layout(person)
    eye_x = at.eye_x
    wide = person.eye_half_width_mm
    tilt = np.deg2rad(person.eye_tilt_deg)
    out, down = np.abs(x) - eye_x, y
    out, down = out * np.cos(tilt) - down * np.sin(tilt), down * np.cos(tilt) + out * np.sin(tilt)
    t = np.clip(out / wide, -1.0, 1.0)
    squint = (
        1.0 - 0.28 * max(factors.expression, 0.0) - 0.12 * max(-factors.expression, 0.0) - 0.14 * age_level(factors)
    )
    opening = person.eye_opening_mm * squint
    # The upper lid is highest inside of the middle, the lower one lowest outside of it.
    lower = 0.36 * opening * (1.0 - (0.85 * (t - 0.12)) ** 2 - 0.20 * t * t) * (1.0 - t**6)
    upper_open = -0.64 * opening * np.clip(1.0 - np.abs(t + 0.08 * (1.0 - t * t)) ** 2.2, 0.0, 1.0)
    upper = upper_open + factors.eyes_closed * (lower - upper_open)
    across = step(np.abs(out), wide + 0.4, wide - 0.8)
    inside = across * step(down, upper - 0.4, upper + 0.4) * step(down, lower + 0.4, lower - 0.4)

    white = 0.45 - 0.21 * step(down, upper + 3.0, upper) - 0.10 * step(np.abs(t), 0.45, 1.0)
    _over(rgb, white[..., None] * np.array([1.0, 0.93, 0.88], dtype=np.float32), inside)
    _over(rgb, np.array([0.45, 0.20, 0.17], dtype=np.float32), inside * 0.8 * step(out, 3.0 - wide, 0.8 - wide))
    dx, dy = np.abs(x) - eye_x, y - at.pupil_y
    _iris(person, rgb, dx, dy, inside)
    rgb *= (1.0 - 0.45 * inside * step(down, upper + 2.4, upper))[..., None]
    azimuth, elevation = np.deg2rad(factors.light_azimuth_deg), np.deg2rad(factors.light_elevation_deg)
    glint_x, glint_y = 3.2 * np.sin(azimuth), -3.4 * np.sin(elevation) + 0.4
    _over(rgb, 1.6, inside * step(np.hypot(x - np.sign(x) * eye_x - glint_x, dy - glint_y), 1.25, 0.65))

    lash = step(np.abs(down - upper + 0.35), 0.95 + 0.35 * t, 0.3) * across
    _over(rgb, 0.012, 0.88 * lash)
    rim = step(np.abs(down - lower - 0.3), 0.8, 0.2) * across
    rgb *= (1.0 - rim * (0.30 + 0.25 * factors.eyes_closed))[..., None]
    crease = bump(out, down - upper_open + 3.4, 1.0, 0.0, 0.75 * wide, 0.8) * (1.0 - 0.6 * factors.eyes_closed)
    rgb *= (1.0 - 0.55 * person.eyelid_crease_level * crease)[..., None]
