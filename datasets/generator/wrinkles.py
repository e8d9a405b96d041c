"""Wrinkles: the lines that age draws, as light lost in them."""

import numpy as np

from .identity import Identity
from .relief import layout
from .smooth import bump, noise, step


def wrinkle_texture(person: Identity, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the darkening (R,C) float32 in 0..1 of fully aged skin, at texel positions x, y in mm."""
    at, side = layout(person), np.abs(x)
    wander = 1.6 * noise(x.shape, (8, 10), rng)
    forehead = np.zeros_like(x)
    for k in range(int(rng.integers(3, 6))):
        line = y + 32.0 + 7.5 * k + wander - 2.5 * np.cos(x / 17.0)
        forehead += np.exp(-0.5 * (line / 0.8) ** 2) * step(side, 44.0 - 3.0 * k, 26.0 - 3.0 * k)
    frown = bump(side, y, 5.5, -17.0, 0.9, 6.0) * 0.8
    dx, dy = side - at.eye_x - person.eye_half_width_mm - 2.0, y + 1.0
    fan = np.abs(np.sin(4.5 * np.arctan2(dy, np.maximum(dx, 0.5)) + 0.4 * wander)) < 0.20
    crow = fan * step(dx, 0.5, 3.0) * step(np.hypot(dx, dy), 18.0, 10.0)
    along = np.clip((y - at.nose_base_y + 5.0) / (at.mouth_y + 4.0 - at.nose_base_y + 5.0), 0.0, 1.2)
    edge = 0.5 * person.nose_width_mm + 2.0 + (at.mouth_half_width + 5.0 - 0.5 * person.nose_width_mm) * along**1.2
    reach = step(y, at.nose_base_y - 8.0, at.nose_base_y) * step(y, at.mouth_y + 10.0, at.mouth_y)
    nasolabial = 1.0 * np.exp(-0.5 * ((side - edge) / 1.3) ** 2) * reach
    nasolabial += 0.4 * np.exp(-0.5 * ((side - edge + 2.0) / 4.0) ** 2) * reach
    marionette = 0.8 * bump(side, y, at.mouth_half_width + 3.0, at.mouth_y + 13.0, 1.3, 7.0)
    bag = (
        0.75
        * np.exp(-0.5 * ((y - 13.0 + 0.02 * (side - at.eye_x) ** 2) / 1.0) ** 2)
        * bump(side, y, at.eye_x, 13.0, 11.0, 9.0)
    )
    lip_lines = 0.5 * (np.abs(np.sin(1.3 * x + wander)) < 0.25) * bump(x, y, 0.0, at.mouth_y - 8.0, 16.0, 3.5)
    crepe = 0.16 * np.abs(noise(x.shape, (x.shape[0] // 5, x.shape[1] // 7), rng))
    spots = 0.26 * step(noise(x.shape, (40, 50), rng), 1.9, 2.5) * step(y, 60.0, -20.0)
    lines = forehead * 0.75 + frown + 0.6 * crow + nasolabial + marionette + bag + lip_lines
    return np.asarray(np.clip(0.62 * np.clip(lines, 0.0, 1.1) + crepe + spots, 0.0, 0.8).astype(np.float32))
