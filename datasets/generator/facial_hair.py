"""Brows, beard and moustache: how densely hair covers each texel of the skin."""

import numpy as np

from .identity import Identity
from .relief import layout
from .skin import lip_alpha
from .smooth import bump, noise, step


def _brows(person: Identity, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    eye_x, side = layout(person).eye_x, np.abs(x)
    inner, outer = eye_x - 21.0, eye_x + 21.0
    t = np.clip((side - inner) / (outer - inner), 0.0, 1.0)
    line = (
        -person.brow_height_mm + 1.5 - person.brow_arch_mm * np.sin(np.pi * np.clip(t, 0.0, 1.0) ** 1.35) + 5.0 * t**3
    )
    half = 0.5 * person.brow_thickness_mm * (0.75 + 0.6 * t - 1.15 * t**2.2)
    ragged = 0.55 * noise(x.shape, (x.shape[0] // 4, x.shape[1] // 2), rng)
    body = step(np.abs(y - line), half + 0.9 + ragged, half - 0.9 + ragged)
    ends = step(side, inner - 2.0, inner + 4.0) * step(side, outer + 2.5, outer - 3.0)
    return np.asarray(person.brow_density_level * body * ends)


def _beard(person: Identity, x: np.ndarray, y: np.ndarray, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    patchy = 1.0 + 0.18 * noise(x.shape, (x.shape[0] // 2, x.shape[1]), rng)
    if person.beard_level == 0.0 and person.moustache_level == 0.0:
        return np.zeros_like(x)
    at, side = layout(person), np.abs(x)
    cheek_line = at.nose_base_y + 8.0 - 0.95 * np.maximum(side - 30.0, 0.0) + 0.45 * np.maximum(30.0 - side, 0.0)
    area = step(y, cheek_line, cheek_line + 10.0) * step(z, -12.0, 6.0)
    area *= 1.0 - 0.85 * bump(x, y, 0.0, at.nose_base_y, 15.0, 12.0)
    bare_chin = bump(side, y, 0.55 * at.mouth_half_width, at.mouth_y + person.lower_lip_mm + 3.0, 7.0, 4.0)
    beard = person.beard_level * area * (1.0 - 0.6 * bare_chin)
    top, bottom = at.nose_base_y + 4.0, at.mouth_y - person.upper_lip_mm * 0.4
    lip = step(y, top - 2.0, top + 1.5) * step(y, bottom + 2.0, bottom - 1.0)
    half = at.mouth_half_width * (0.35 + 0.75 * np.clip((y - top) / (bottom - top), 0.0, 1.0))
    lip *= step(side, half + 4.0, half - 4.0)
    droop = bump(side, y, at.mouth_half_width + 4.0, at.mouth_y + 4.0, 4.0, 10.0)
    moustache = person.moustache_level * np.maximum(lip * (1.0 - 0.4 * bump(x, y, 0.0, top, 2.0, 9.0)), droop * 0.8)
    return np.asarray(np.clip(np.maximum(beard, moustache) * patchy, 0.0, 1.0) * (1.0 - lip_alpha(person, x, y)))


def facial_hair_texture(
    person: Identity, x: np.ndarray, y: np.ndarray, z: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Compute how hair covers the skin, (R,C) float32 in 0..1, at texel positions x, y, z in mm on the bare head."""
    cover = np.maximum(_brows(person, x, y, rng), 0.93 * _beard(person, x, y, z, rng))
    strands = 1.0 - 0.12 * np.abs(noise(x.shape, (x.shape[0] // 3, x.shape[1] // 2), rng))
    return np.asarray(np.clip(cover * strands, 0.0, 0.97).astype(np.float32))
