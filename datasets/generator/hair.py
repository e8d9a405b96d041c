"""Hair on the head: a shell that follows the skull, with ragged edges, and a curtain where it is long."""

from dataclasses import replace

import numpy as np

from .identity import Identity
from .mesh import HAIR, Material, Mesh, grid_mesh
from .smooth import curve, noise, step
from .surface import Surface, azimuth_rad

_AROUND_DEG = np.array([0.0, 22.0, 40.0, 54.0, 64.0, 74.0, 84.0, 96.0, 115.0, 140.0, 180.0])
_UNCOLOURED = Material(gloss=0.07, shininess=10, softness=0.25, layer=HAIR)


def edge_mm(person: Identity, u: np.ndarray) -> np.ndarray:
    """Compute the lowest y of the hair at each azimuth: forehead, temple, sideburn, ear, nape."""
    line, fringe, recession = -person.hair_line_mm, person.hair_fringe_mm, person.hair_recession_mm
    temple = line - 0.8 * recession
    front = [line + fringe, line + fringe - 0.3 * recession, temple + 0.7 * fringe, 0.8 * temple, 0.62 * line]
    down = np.array([*front, -14.0, 8.0, -4.0, 34.0, 58.0, 64.0])
    angle = np.rad2deg(azimuth_rad(u))
    # A parting lets the fringe fall lower on one side.
    lean = 0.30 * fringe * person.hair_parting * np.sin(np.deg2rad(np.clip(2.0 * angle, -90.0, 90.0)))
    return np.asarray(curve(np.abs(angle), _AROUND_DEG, down) + lean * (np.abs(angle) < 60.0))


def hair_texture(person: Identity, u: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw strands over (u, v): (R,C,4) float32, a grey level about 1 in all three colours, and coverage."""
    shape = y.shape
    fine = noise(shape, (8, shape[1] // 2), rng)
    coarse = noise(shape, (6, shape[1] // 9), rng)
    curls = noise(shape, (shape[0] // 9, shape[1] // 9), rng)
    tone = 1.0 + 0.26 * fine + 0.30 * coarse + 0.35 * person.hair_wave_level * curls
    ragged = 3.2 * fine + 3.2 * coarse + 2.0 * noise(shape, (shape[0] // 3, shape[1] // 3), rng)
    alpha = step(edge_mm(person, u) - y + ragged, -1.0, 1.0)
    if person.hair_volume_mm < 2.0:
        alpha = np.zeros_like(alpha)
    grey = np.clip(tone, 0.25, 2.2)
    return np.stack([grey, grey, grey, alpha], -1).astype(np.float32)


def hair_material(rgb: np.ndarray) -> Material:
    """Return the material of hair of a colour (3,) linear RGB: a broad, weak highlight."""
    red, green, blue = rgb.tolist()
    return replace(_UNCOLOURED, rgb=(red, green, blue))


def hair_shell(person: Identity, skull: np.ndarray, u: np.ndarray, v: np.ndarray) -> Mesh:
    """Build the hair that lies on the skull, over the head (R,C,3) at its parameters u, v (R,C)."""
    points = skull
    above = edge_mm(person, u) - points[..., 1]
    thick = 0.8 + person.hair_volume_mm * step(above, -2.0, 22.0) * (0.75 + 0.25 * step(points[..., 1], -40.0, -100.0))
    angle = azimuth_rad(u)
    bulk = 1.0 + 0.10 * person.hair_wave_level * np.sin(9.0 * angle + 0.11 * points[..., 1])
    bulk = bulk + 0.12 * person.hair_parting * np.sin(angle)
    centre = np.array([0.0, -15.0, -5.0])
    away = (points - centre) / np.linalg.norm(points - centre, axis=-1, keepdims=True)
    points = points + away * (thick * bulk)[..., None]
    mesh = grid_mesh(points, replace(_UNCOLOURED, closed=True), np.stack([0.5 * (u + 1.0), v], -1))
    # Triangles wholly below the edge are only holes: dropping them saves the rasterizer most of its work on this shell.
    kept = (above.ravel()[mesh.triangles] > -14.0).any(axis=1)
    return Mesh(mesh.vertices, mesh.uv, mesh.triangles[kept], mesh.material)


def hair_curtain(person: Identity, surface: Surface, rng: np.random.Generator) -> Mesh:
    """Build long hair that hangs at the sides and behind the head, open in front of the face."""
    rows, columns = 36, 60
    across = np.linspace(0.0, 1.0, columns)[None]
    ends = person.hair_length_mm + 9.0 * rng.standard_normal(columns)[None]
    down = np.linspace(0.0, 1.0, rows)[:, None]
    y = -62.0 + down * (ends + 62.0)
    opening = np.deg2rad(78.0 - 16.0 * step(y, 20.0, 90.0))
    angle = opening + across * (2.0 * np.pi - 2.0 * opening)
    skull = float(surface.half_width.max()) + 0.75 * person.hair_volume_mm
    wave = person.hair_wave_level * 5.0 * np.sin(y / 11.0 + 2.0 * np.sin(3.0 * angle))
    half = (
        skull
        + 3.0 * step(y, -30.0, 30.0)
        - 8.0 * step(y, 70.0, 160.0)
        + wave
        + 1.2 * rng.standard_normal(columns)[None]
    )
    half = half - 20.0 * step(y, -22.0, -62.0)
    points = np.stack(
        [half * np.sin(angle), y, -8.0 + (105.0 + 0.6 * wave) * np.cos(angle) * np.where(np.cos(angle) > 0, 0.4, 1.0)],
        -1,
    )
    uv = np.stack([np.broadcast_to(across, y.shape), 0.02 + 0.25 * np.broadcast_to(down, y.shape)], -1)
    return grid_mesh(points, _UNCOLOURED, uv)
