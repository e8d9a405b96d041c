"""The skin of a person as a texture over (u, v): colour, blotches, freckles, moles, lips, folds, pores."""

import numpy as np

from .identity import Identity
from .relief import layout
from .smooth import bump, noise, step, window


def _mix(under: np.ndarray, over: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.asarray(under + alpha[..., None] * (over - under))


def lip_alpha(person: Identity, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Compute the coverage 0..1 of the lips: a cupid's bow above, a single arc below."""
    at = layout(person)
    cover = np.zeros_like(x)
    high, low = at.mouth_y - person.upper_lip_mm - 2.0, at.mouth_y + person.lower_lip_mm + 2.0
    near = window(x, y, half_x=1.03 * at.mouth_half_width, low_y=high, high_y=low)
    x, y = np.ascontiguousarray(x[near]), np.ascontiguousarray(y[near])
    t = np.abs(x) / at.mouth_half_width
    arc = np.sqrt(np.clip(1.0 - t * t, 0.0, 1.0))
    bow = 1.0 - 0.22 * bump(x, y * 0.0, 0.0, 0.0, 2.6, 1.0) - 0.30 * t
    top = at.mouth_y - person.upper_lip_mm * arc * bow
    bottom = at.mouth_y + person.lower_lip_mm * arc**1.25
    cover[near] = step(y, top - 0.9, top + 0.9) * step(y, bottom + 1.0, bottom - 1.0) * step(t, 1.02, 0.94)
    return cover


def _folds(person: Identity, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Compute the light lost (0..1) in the grooves that the mesh is too coarse for, the same at every age."""
    at = layout(person)
    side, wing = np.abs(x), 0.5 * person.nose_width_mm
    nostril = 0.85 * bump(side, y, 0.42 * wing, at.nose_base_y - 0.4, 0.15 * wing, 1.15)
    wing_edge = 0.34 * bump(side, y, wing - 0.3, at.nose_base_y - 4.0, 1.1, 4.2)
    base = 0.16 * bump(x, y, 0.0, at.nose_base_y + 1.8, 0.7 * wing, 1.5)
    seam = 0.70 * np.exp(-0.5 * ((y - at.mouth_y + 0.5 * np.cos(x / 4.0)) / 0.8) ** 2)
    seam *= step(side, at.mouth_half_width + 1.5, at.mouth_half_width - 3.0)
    corner = 0.45 * bump(side, y, at.mouth_half_width + 0.5, at.mouth_y + 0.3, 2.0, 1.6)
    below_lip = 0.18 * bump(x, y, 0.0, at.mouth_y + person.lower_lip_mm + 3.0, 12.0, 2.6)
    socket = 0.16 * bump(side, y, at.eye_x - person.eye_half_width_mm + 1.0, -4.0, 5.5, 6.0)
    philtrum = 0.10 * bump(x, y, 0.0, 0.5 * (at.nose_base_y + at.mouth_y - person.upper_lip_mm), 1.8, 4.0)
    light = np.ones_like(x)
    for groove in (nostril, wing_edge, base, seam, corner, below_lip, socket, philtrum):
        light = light * (1.0 - groove)
    return 1.0 - light


def _spots(
    person: Identity,
    x: np.ndarray,
    y: np.ndarray,
    whole: tuple[int, int],
    face: tuple[slice, slice],
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the darkening 0..1 by freckles and moles of the window `face` of a texture of the shape `whole`."""
    dark = np.zeros(x.shape, np.float64 if person.mole_count else np.float32)  # moles' places are in double precision
    for _ in range(person.mole_count):
        angle, far, size = rng.uniform(0.0, 2.0 * np.pi), np.sqrt(rng.uniform(0.05, 1.0)), rng.uniform(0.8, 1.9)
        cx, cy = 56.0 * far * np.cos(angle), 22.0 + 78.0 * far * np.sin(angle)
        near = window(x - cx, y, half_x=6.0, low_y=cy - 6.0, high_y=cy + 6.0)
        spot = 0.75 * step(np.hypot(x[near] - cx, y[near] - cy), size + 0.5, size - 0.4)
        dark[near] = np.maximum(dark[near], spot)
    dots = step(noise(whole, (whole[0] // 4, whole[1] // 4), rng)[face], 0.9, 1.7)
    where = bump(np.abs(x), y, 24.0, 24.0, 22.0, 15.0) + 0.5 * bump(x, y, 0.0, 20.0, 14.0, 18.0)
    return np.asarray(np.maximum(dark, 0.55 * person.freckle_level * np.clip(where, 0.0, 1.0) * dots))


def skin_texture(person: Identity, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw skin without hair, eyes and wrinkles: (R,C,3) float32, linear RGB.

    x, y : (R,C) float32, frontal position of each texel, mm. rng : draws the person's fine detail.
    """
    skin: np.ndarray = np.broadcast_to(np.asarray(person.skin_rgb, dtype=np.float32), (*x.shape, 3))
    blotch = 0.05 * noise(x.shape, (7, 9), rng) + 0.035 * noise(x.shape, (28, 36), rng)
    pores = 0.035 * noise(x.shape, (x.shape[0] // 2, x.shape[1] // 2), rng)
    skin = skin * (1.0 + blotch + pores)[..., None]
    creases = 1.0 + 0.07 * noise(x.shape, (12, x.shape[1] // 3), rng)
    # Everything else lies on the front of the head, below the upper forehead.
    face = window(x, y, half_x=400.0, low_y=-75.0, high_y=np.inf)
    skin[face] = _face(person, skin[face], creases[face], x, y, face, rng)
    return skin


def _face(
    person: Identity,
    skin: np.ndarray,
    creases: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    face: tuple[slice, slice],
    rng: np.random.Generator,
) -> np.ndarray:
    """Paint everything that belongs on a face: the window `face` of the texture whose texels lie at x, y."""
    whole, at = x.shape, layout(person)
    x, y = np.ascontiguousarray(x[face]), np.ascontiguousarray(y[face])
    side = np.abs(x)
    flush = 0.9 * bump(side, y, at.eye_x + 9.0, 30.0, 14.0, 12.0) + 0.8 * bump(x, y, 0.0, at.tip_y, 9.0, 8.0)
    flush = person.cheek_redness_level * (flush + 0.4 * bump(x, y, 0.0, at.chin_y - 10.0, 14.0, 9.0))
    skin = skin * (1.0 - flush[..., None] * np.array([0.0, 0.26, 0.22], dtype=np.float32))
    bags = 0.20 * bump(side, y, at.eye_x - 2.0, 8.0, 12.0, 4.0) + 0.28 * bump(side, y, at.eye_x - 1.0, -7.0, 14.0, 5.5)
    skin = skin * (1.0 - bags[..., None] * np.array([0.8, 1.0, 0.9], dtype=np.float32))

    lips = lip_alpha(person, x, y)
    shape = (
        1.0 - 0.22 * step(y, at.mouth_y + 1.0, at.mouth_y - 2.5) + 0.10 * bump(x, y, 0.0, at.mouth_y + 4.5, 9.0, 2.0)
    )
    skin = _mix(skin, np.asarray(person.lip_rgb, dtype=np.float32) * (creases * shape)[..., None], 0.85 * lips)
    skin = _mix(
        skin,
        np.asarray(person.skin_rgb, dtype=np.float32) * 0.22,
        _spots(person, x, y, whole, face, rng) * (1.0 - lips),
    )
    return skin * (1.0 - _folds(person, x, y))[..., None]
