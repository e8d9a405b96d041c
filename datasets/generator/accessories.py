"""What hides a face: glasses, a surgical mask, a hand."""

import cv2
import numpy as np

from .body import skin_material
from .identity import Identity
from .mesh import Material, Mesh, ellipsoid, grid_mesh, tube
from .relief import layout
from .shape import Shape, sample_grid

_FRAMES = {
    1: (0.9, Material((0.32, 0.30, 0.28), gloss=0.5, shininess=30)),
    2: (2.3, Material((0.015, 0.012, 0.012), gloss=0.25, shininess=25)),
    3: (1.6, Material((0.02, 0.02, 0.02), gloss=0.3, shininess=25)),
}
_LENS = Material((0.012, 0.011, 0.012), gloss=0.45, shininess=40)
_CLOTH = Material((0.34, 0.52, 0.62), softness=0.2)


def glasses(shape: Shape, grid: np.ndarray, kind: int) -> list[Mesh]:
    """Build glasses of kind 1 wire, 2 thick frame, 3 sunglasses, for a face (R,C,3).

    Raises ValueError for other kinds.
    """
    if kind not in _FRAMES:
        raise ValueError(f"glasses must be 0 (none), 1 (wire), 2 (thick) or 3 (sun), got {kind}")
    thickness, material = _FRAMES[kind]
    eye_x = layout(shape.person).eye_x
    half_wide = eye_x - 8.0
    bridge_z = float(sample_grid(grid, *shape.surface.parameters(np.array([0.0]), np.array([-1.0])))[0, 2])
    angle = np.linspace(0.0, 2.0 * np.pi, 33)
    round_x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.75
    round_y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.75

    def depth(x: np.ndarray) -> np.ndarray:
        return np.asarray(bridge_z + 5.0 - 0.0042 * x * x)

    meshes = []
    for side in (-1.0, 1.0):
        x = side * eye_x + half_wide * round_x
        rim = np.stack([x, 3.0 + 19.0 * round_y, depth(x)], -1)
        meshes.append(tube(rim, thickness, material))
        if kind == 3:
            scale = np.linspace(0.0, 1.0, 6)[:, None, None]
            meshes.append(grid_mesh(rim.mean(axis=0) + scale * (rim - rim.mean(axis=0)), _LENS))
        outer = side * (eye_x + half_wide)
        hinge = np.array([outer, -4.0, depth(np.array(outer))])
        meshes.append(tube(np.linspace(hinge, np.array([side * 77.0, -6.0, -4.0]), 8), thickness, material))
    x = np.linspace(8.0, -8.0, 9)
    meshes.append(tube(np.stack([x, -3.0 - 0.03 * (64.0 - x * x), depth(x) + 1.0], -1), thickness, material))
    return meshes


def surgical_mask(shape: Shape, grid: np.ndarray, level: float) -> list[Mesh]:
    """Build a mask for a face (R,C,3), pulled up to `level` in 0..1 of the way from chin to the bridge of the nose."""
    at = layout(shape.person)
    across, down = np.meshgrid(np.linspace(-1.0, 1.0, 41), np.linspace(0.0, 1.0, 30))
    top = at.chin_y - 12.0 - level * (at.chin_y - 12.0 - 14.0)
    upper = top + 12.0 * level * across**2
    lower = at.chin_y - 3.0 - 24.0 * across**2
    y = upper + down * np.maximum(lower - upper, 2.0)
    _, v = shape.surface.parameters(np.zeros_like(y), y)
    u = 0.70 * across
    smooth = cv2.GaussianBlur(grid, (0, 0), 2.5)
    points = sample_grid(np.where(grid[..., 2:] > smooth[..., 2:], grid, smooth), u, v)
    away = points - np.array([0.0, 40.0, 0.0])
    points = points + (3.5 + 0.9 * np.sin(9.0 * np.pi * down))[..., None] * away / np.linalg.norm(
        away, axis=-1, keepdims=True
    )
    meshes = [grid_mesh(points, _CLOTH)]
    for column, side in ((0, -1.0), (-1, 1.0)):
        corner = points[0, column]
        meshes.append(tube(np.linspace(corner, np.array([side * 76.0, 2.0, -6.0]), 6), 1.0, _CLOTH))
    return meshes


def hand(person: Identity, level: float) -> list[Mesh]:
    """Build a hand that rises in front of the face: at 0 it enters the image, at 1 the palm covers nose and mouth."""
    at, skin = layout(person), skin_material(person, 0.95)
    palm = np.array([28.0 - 18.0 * level, 205.0 - level * (205.0 - at.mouth_y), 128.0])
    meshes = [ellipsoid(palm, np.array([40.0, 42.0, 14.0]), skin)]
    for k in range(4):
        base = palm + np.array([-28.0 + 18.5 * k, -30.0, 2.0])
        length = (58.0, 70.0, 66.0, 50.0)[k]
        tip = base + np.array([-9.0 + 5.0 * k, -length, -6.0])
        t = np.linspace(0.0, 1.0, 12)
        radius = 8.6 * np.sqrt(np.clip(1.0 - np.maximum(t - 0.86, 0.0) ** 2 / 0.0196, 0.02, 1.0))
        meshes.append(tube(base + t[:, None] * (tip - base), radius, skin, sides=12))
    t = np.linspace(0.0, 1.0, 10)[:, None]
    thumb = palm + np.array([34.0, 10.0, 2.0]) + t * np.array([24.0, -46.0, 4.0])
    meshes.append(tube(thumb, 9.5 * np.sqrt(np.clip(1.02 - t[:, 0] ** 4, 0.02, 1.0)), skin, sides=12))
    return meshes
