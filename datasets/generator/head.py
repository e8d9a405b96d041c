"""One person, ready to be drawn many times: what does not depend on the picture is computed once and kept."""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numba import njit

from .body import ear, neck, shoulders
from .deformation import age_level, deformation_mm
from .eyes import REACH_MM as EYE_REACH_MM
from .eyes import paint_eye
from .facial_hair import facial_hair_texture
from .factors import Factors
from .hair import hair_curtain, hair_material, hair_shell, hair_texture
from .identity import Identity
from .mesh import SKIN, Material, Mesh, grid_mesh
from .mouth import REACH_MM as MOUTH_REACH_MM
from .mouth import paint_mouth
from .relief import layout, relief_mm
from .skin import skin_texture
from .smooth import noise, step
from .surface import Surface, head_surface
from .wrinkles import wrinkle_texture

MESH_ROWS, MESH_COLUMNS = 112, 97
TEXTURE_ROWS, TEXTURE_COLUMNS = 384, 384
GREY_HAIR = np.array([0.42, 0.41, 0.40])
SKIN_MATERIAL = Material(gloss=0.055, shininess=14.0, softness=0.22, layer=SKIN, closed=True)


@dataclass(frozen=True)
class Head:
    """The parts of a person that every picture shares."""

    person: Identity
    surface: Surface
    grid_u: np.ndarray  # (R,C) parameters of the mesh
    grid_v: np.ndarray
    bare: np.ndarray  # (R,C,3) the bare head
    rest: np.ndarray  # (R,C,3) the face at rest, millimetres
    texel_x: np.ndarray  # (TR,TC) frontal position of each texel of the skin
    texel_y: np.ndarray
    skin: np.ndarray  # (TR,TC,3) skin without hair, eyes or wrinkles
    hair_cover: np.ndarray  # (TR,TC) brows and beard
    wrinkles: np.ndarray  # (TR,TC)
    hair: np.ndarray  # (TR,TC,4) strands
    hair_meshes: tuple[Mesh, ...]
    ears: tuple[Mesh, ...]  # none under long hair
    body: tuple[Mesh, ...]  # neck and shoulders, which stay when the head turns


@lru_cache(maxsize=48)
def head_of(person: Identity) -> Head:
    """Mesh and textures of a person; the last 48 people are kept."""
    rng = np.random.Generator(np.random.PCG64([person.seed, 0x5C1A]))
    surface = head_surface(person)
    u, v = np.meshgrid(np.linspace(-1.0, 1.0, MESH_COLUMNS), np.linspace(0.0, 1.0, MESH_ROWS))
    bare = surface.point(u, v)
    in_front = step(bare[..., 2], 0.0, 35.0)
    lumps = 1.5 * noise(u.shape, (8, 13), rng) * in_front
    rest = bare.copy()
    rest[..., 2] += in_front * relief_mm(person, bare[..., 0], bare[..., 1]) + lumps

    texel_u, texel_v = np.meshgrid(
        (np.arange(TEXTURE_COLUMNS) + 0.5) / TEXTURE_COLUMNS * 2.0 - 1.0, (np.arange(TEXTURE_ROWS) + 0.5) / TEXTURE_ROWS
    )
    texel = surface.point(texel_u, texel_v).astype(np.float32)
    # The back of the head has the same x as the face: it is moved out of reach of every painted feature.
    x = np.where(texel[..., 2] > 0.0, texel[..., 0], 500.0).astype(np.float32)
    y = texel[..., 1]
    hair = hair_texture(person, texel_u, y, rng)
    skin = skin_texture(person, x, y, rng)
    scalp = step(hair[..., 3], 0.2, 1.0)[..., None] * np.float32(0.6)
    skin += scalp * (np.asarray(person.hair_rgb, dtype=np.float32) - skin)
    return Head(
        person, surface, u, v, bare, rest, x, y, skin, facial_hair_texture(person, x, y, texel[..., 2], rng),
        wrinkle_texture(person, x, y, rng), hair, _hair_meshes(person, surface, rest, u, v, rng),
        () if person.hair_length_mm > 0.0 else (ear(person, surface, -1.0), ear(person, surface, 1.0)), (neck(person), shoulders(person)),
    )  # fmt: skip


def _hair_meshes(
    person: Identity, surface: Surface, rest: np.ndarray, u: np.ndarray, v: np.ndarray, rng: np.random.Generator
) -> tuple[Mesh, ...]:
    if person.hair_volume_mm < 2.0:
        return ()
    shell = hair_shell(person, rest, u, v)
    return (shell, hair_curtain(person, surface, rng)) if person.hair_length_mm > 0.0 else (shell,)


def surface_grid(head: Head, factors: Factors) -> np.ndarray:
    """The face in one picture: (R,C,3) mm, expression and age applied."""
    in_front = step(head.bare[..., 2], 0.0, 35.0)[..., None]
    return head.rest + in_front * deformation_mm(head.person, factors, head.bare[..., 0], head.bare[..., 1])


def sample_grid(grid: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Points (...,3) of a surface grid at parameters u in -1..1, v in 0..1, bilinear."""
    column = ((u + 1.0) * 0.5 * (grid.shape[1] - 1)).astype(np.float32)
    row = (v * (grid.shape[0] - 1)).astype(np.float32)
    shape = column.shape
    return cv2.remap(grid, column.reshape(1, -1), row.reshape(1, -1), cv2.INTER_LINEAR).reshape(*shape, 3)


def landmarks_mm(head: Head, grid: np.ndarray) -> np.ndarray:
    """The five points on the face (5,3): eyes, tip of the nose, mouth corners; the picture's left first."""
    at = layout(head.person)
    x = np.array([-at.eye_x, at.eye_x, 0.0, -at.mouth_half_width, at.mouth_half_width])
    y = np.array([0.0, 0.0, at.tip_y, at.mouth_y, at.mouth_y])
    return sample_grid(grid, *head.surface.parameters(x, y))


def hair_rgb(person: Identity, factors: Factors) -> np.ndarray:
    """Hair colour (3,) at an age."""
    old = age_level(factors)
    return np.asarray(person.hair_rgb) * (1.0 - old) + old * GREY_HAIR


@njit(cache=True, nogil=True)
def _compose(
    skin: np.ndarray, cover: np.ndarray, wrinkles: np.ndarray, age: float, hair: np.ndarray, out: np.ndarray
) -> None:
    for i in range(skin.shape[0]):
        for j in range(skin.shape[1]):
            for k in range(3):
                # Blood shows through wrinkles: red loses less.
                colour = skin[i, j, k] * (1.0 - age * wrinkles[i, j] * (0.85 + 0.15 * k))
                out[i, j, k] = colour + cover[i, j] * (hair[k] - colour)
            out[i, j, 3] = 1.0


def textures(head: Head, factors: Factors) -> np.ndarray:
    """The texture stack of one picture: (2,TR,TC,4) float32, skin then hair."""
    stack = np.empty((2, *head.skin.shape[:2], 4), dtype=np.float32)
    stack[1] = head.hair
    person = head.person
    age = age_level(factors) * person.wrinkle_level
    _compose(head.skin, head.hair_cover, head.wrinkles, age, hair_rgb(person, factors).astype(np.float32), stack[0])
    at = layout(person)
    for paint, centre_x, centre_y, reach in (
        (paint_eye, -at.eye_x, 0.0, EYE_REACH_MM),
        (paint_eye, at.eye_x, 0.0, EYE_REACH_MM),
        (paint_mouth, 0.0, at.mouth_y, MOUTH_REACH_MM),
    ):
        patch = _window(head, centre_x, centre_y, *reach)
        paint(person, factors, stack[0][patch][..., :3], head.texel_x[patch], head.texel_y[patch])
    return stack


def _window(head: Head, x: float, y: float, reach_x: float, reach_y: float) -> tuple[slice, slice]:
    """The rows and columns of the skin texture within a reach of (x, y) mm."""
    rows = np.flatnonzero(np.abs(head.texel_y[:, 0] - y) < reach_y)
    columns = np.flatnonzero(np.abs(head.texel_x[(rows[0] + rows[-1]) // 2] - x) < reach_x)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def head_parts(head: Head, factors: Factors, grid: np.ndarray) -> list[Mesh]:
    """Meshes that turn with the head: skin, ears, hair."""
    uv = np.stack([0.5 * (head.grid_u + 1.0), head.grid_v], -1)
    material = hair_material(hair_rgb(head.person, factors))
    return [grid_mesh(grid, SKIN_MATERIAL, uv), *head.ears, *(replace(mesh, material=replace(material, closed=mesh.material.closed)) for mesh in head.hair_meshes)]
