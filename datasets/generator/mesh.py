"""Triangle meshes with texture coordinates and a material, and how to build them from grids and rings."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

PLAIN, SKIN, HAIR = -1, 0, 1  # which texture a material looks up; PLAIN has only its colour


@dataclass(frozen=True)
class Material:
    """Material of a surface: colour (linear RGB, multiplied with the texture), Phong highlight, and which texture."""

    rgb: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gloss: float = 0.0  # strength of the highlight
    shininess: int = 12  # Phong's exponent
    softness: float = 0.0  # light that wraps past the terminator, as it does in skin
    layer: int = PLAIN
    closed: bool = False  # a solid, whose triangles need not be drawn when they face away


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh: `vertices` (V,3) float64 mm, `uv` (V,2) float32 in 0..1, `triangles` (T,3) int32.

    Where the material is closed, triangles run clockwise when seen from outside with x to the right and y down.
    """

    vertices: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    material: Material

    def rotated(self, rotation: np.ndarray, pivot: np.ndarray) -> "Mesh":
        """Return the mesh turned about a pivot (3,) by a rotation (3,3)."""
        return replace(self, vertices=(self.vertices - pivot) @ rotation.T + pivot)


@lru_cache(maxsize=64)
def grid_triangles(rows: int, columns: int) -> np.ndarray:
    """List the 2 (rows-1) (columns-1) triangles of a grid whose vertices are numbered row by row."""
    a = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    b, c, d = a + 1, a + columns, a + columns + 1
    return np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)]).astype(np.int32)


def grid_mesh(points: np.ndarray, material: Material, uv: np.ndarray | None = None) -> Mesh:
    """Build a mesh over points (rows, columns, 3), with uv (rows, columns, 2) where the material has a texture."""
    rows, columns = points.shape[:2]
    flat_uv = np.zeros((rows * columns, 2)) if uv is None else uv.reshape(-1, 2)
    return Mesh(points.reshape(-1, 3), flat_uv.astype(np.float32), grid_triangles(rows, columns), material)


def tube(path: np.ndarray, radius: np.ndarray | float, material: Material, sides: int = 8) -> Mesh:
    """Build a tube along path (K,3) with radius scalar or (K,) mm: glasses' rims, fingers, rolled edges."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    helper = np.where(np.abs(tangent[:, 1:2]) > 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    right = np.cross(tangent, helper)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    up = np.cross(right, tangent)
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)[None, :, None]
    ring = np.cos(angle) * right[:, None] + np.sin(angle) * up[:, None]
    return grid_mesh(path[:, None] + np.broadcast_to(radius, len(path))[:, None, None] * ring, material)


def ellipsoid(centre: np.ndarray, radii: np.ndarray, material: Material, rows: int = 14, columns: int = 20) -> Mesh:
    """Build an axis-parallel ellipsoid."""
    polar = np.linspace(0.0, np.pi, rows)[:, None]
    around = np.linspace(0.0, 2.0 * np.pi, columns)[None]
    unit = np.stack([np.sin(polar) * np.cos(around), np.cos(polar) + 0.0 * around, np.sin(polar) * np.sin(around)], -1)
    return grid_mesh(centre + radii * unit, material)
