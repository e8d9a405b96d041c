"""The geometry of one person's head: the bare surface, the relief on it, and how an image deforms it."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .deformation import Hills, deformation_mm, hills
from .factors import Factors
from .identity import Identity
from .relief import relief_mm
from .smooth import step
from .surface import Surface, head_surface

MESH_ROWS, MESH_COLUMNS = 98, 89


@dataclass(frozen=True)
class Skin:
    """Points (...,3) mm of a face at rest, and how they move."""

    rest: np.ndarray
    in_front: np.ndarray  # (...,1) 0 behind the face .. 1 on it
    hills: Hills


@dataclass(frozen=True)
class Shape:
    """A head as a grid (R,C) over the parameters of its surface."""

    person: Identity
    surface: Surface
    u: np.ndarray  # (R,C) -1..1
    v: np.ndarray  # (R,C) 0..1
    skin: Skin  # (R,C,3)


@lru_cache(maxsize=48)
def shape_of(person: Identity) -> Shape:
    """Build the geometry of a person; the last 48 people are cached."""
    surface = head_surface(person)
    u, v = np.meshgrid(np.linspace(-1.0, 1.0, MESH_COLUMNS), np.linspace(0.0, 1.0, MESH_ROWS))
    bare = surface.point(u[:1], v[:, :1])
    return Shape(person, surface, u, v, skin_at(person, u, v, bare))


def skin_at(person: Identity, u: np.ndarray, v: np.ndarray, bare: np.ndarray) -> Skin:
    """Build the face over points (...,3) mm of the bare head with parameters u, v (...)."""
    # No face is quite symmetric: shallow lumps, a few centimetres wide, tell even the two sides of one face apart.
    lattice = np.random.Generator(np.random.PCG64([person.seed, 0x54A9])).standard_normal((8, 13)).astype(np.float32)
    column, row = (0.5 * (u + 1.0) * 12.0).astype(np.float32), (7.0 * v).astype(np.float32)
    lumps = cv2.remap(
        lattice, column.reshape(1, -1), row.reshape(1, -1), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    rest = bare.copy()
    forward = relief_mm(person, bare[..., 0], bare[..., 1]) + 1.5 * np.asarray(lumps).reshape(u.shape)
    in_front = step(bare[..., 2], 0.0, 35.0)
    rest[..., 2] += in_front * forward
    return Skin(rest, in_front[..., None], hills(person, bare[..., 0], bare[..., 1]))


def deformed(person: Identity, factors: Factors, skin: Skin) -> np.ndarray:
    """Compute the points (...,3) mm of the face in one image, before the head is turned."""
    return np.asarray(skin.rest + skin.in_front * deformation_mm(person, factors, skin.hills))


def sample_grid(grid: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Sample a grid of points (R,C,3) at parameters u in -1..1 and v in 0..1 of one shape: (...,3), bilinear."""
    column = ((u + 1.0) * 0.5 * (grid.shape[1] - 1)).astype(np.float32)
    row = (v * (grid.shape[0] - 1)).astype(np.float32)
    seen = cv2.remap(grid, column.reshape(1, -1), row.reshape(1, -1), cv2.INTER_LINEAR)
    return np.asarray(seen).reshape(*u.shape, 3)
