"""One person, ready to be drawn many times: what does not depend on the image is computed once and cached."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numba import njit

from .body import ear, neck, shoulders
from .deformation import age_level
from .eyes import REACH_MM as EYE_REACH_MM
from .eyes import paint_eye
from .facial_hair import facial_hair_texture
from .factors import Factors
from .hair import hair_curtain, hair_material, hair_shell, hair_texture
from .identity import Identity
from .mesh import SKIN, Material, Mesh, grid_mesh
from .mouth import REACH_MM as MOUTH_REACH_MM
from .mouth import paint_mouth
from .relief import layout
from .shape import Shape, shape_of
from .skin import skin_texture
from .smooth import step
from .wrinkles import wrinkle_texture

TEXTURE_ROWS, TEXTURE_COLUMNS = 320, 320
GREY_HAIR = np.array([0.42, 0.41, 0.40])
SKIN_MATERIAL = Material(gloss=0.075, shininess=14, softness=0.22, layer=SKIN, closed=True)


@dataclass(frozen=True)
class Head:
    """The parts of a person that every image shares."""

    shape: Shape
    texel_x: np.ndarray  # (TR,TC) frontal position of each texel of the skin
    texel_y: np.ndarray
    skin: np.ndarray  # (TR,TC,3) skin without hair, eyes or wrinkles
    hair_cover: np.ndarray  # (TR,TC) brows and beard
    wrinkles: np.ndarray  # (TR,TC)
    hair: np.ndarray  # (TR,TC,4) strands
    hair_meshes: tuple[Mesh, ...]
    ears: tuple[Mesh, ...]  # none under long hair
    body: tuple[Mesh, ...]  # neck and shoulders, which stay when the head turns

    @property
    def person(self) -> Identity:
        return self.shape.person


@lru_cache(maxsize=48)
def head_of(person: Identity) -> Head:
    """Build mesh and textures of a person; the last 48 people are cached."""
    rng = np.random.Generator(np.random.PCG64([person.seed, 0x5C1A]))
    shape = shape_of(person)
    u = ((np.arange(TEXTURE_COLUMNS) + 0.5) / TEXTURE_COLUMNS * 2.0 - 1.0)[None]
    v = ((np.arange(TEXTURE_ROWS) + 0.5) / TEXTURE_ROWS)[:, None]
    texel = shape.surface.point(u, v).astype(np.float32)
    # The back of the head has the same x as the face: it is moved out of reach of every painted feature.
    x = np.where(texel[..., 2] > 0.0, texel[..., 0], np.float32(500.0))
    y = np.ascontiguousarray(texel[..., 1])
    hair = hair_texture(person, u, y, rng)
    skin = skin_texture(person, x, y, rng)
    scalp = step(hair[..., 3], 0.2, 1.0)[..., None] * np.float32(0.6)
    skin += scalp * (np.asarray(person.hair_rgb, dtype=np.float32) - skin)
    cover = facial_hair_texture(person, x, y, texel[..., 2], rng)
    wrinkles = wrinkle_texture(person, x, y, rng)
    bare_ears = person.hair_length_mm <= 0.0
    ears = tuple(ear(person, shape.surface, side) for side in (-1.0, 1.0)) if bare_ears else ()
    body = (neck(person), shoulders(person))
    return Head(shape, x, y, skin, cover, wrinkles, hair, _hair_meshes(shape, rng), ears, body)


def _hair_meshes(shape: Shape, rng: np.random.Generator) -> tuple[Mesh, ...]:
    person = shape.person
    if person.hair_volume_mm < 2.0:
        return ()
    shell = hair_shell(person, shape.skin.rest, shape.u, shape.v)
    return (shell, hair_curtain(person, shape.surface, rng)) if person.hair_length_mm > 0.0 else (shell,)


def hair_rgb(person: Identity, factors: Factors) -> np.ndarray:
    """Compute the hair colour (3,) linear RGB at an age."""
    grey = float(step(factors.age_years, 36.0, 78.0))
    return np.asarray(person.hair_rgb) * (1.0 - grey) + grey * GREY_HAIR


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
    """Paint the texture stack of one image: (2,TR,TC,4) float32, skin then hair."""
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
    """Find the rows and columns of the skin texture within a reach of (x, y) mm."""
    rows = np.flatnonzero(np.abs(head.texel_y[:, 0] - y) < reach_y)
    columns = np.flatnonzero(np.abs(head.texel_x[(rows[0] + rows[-1]) // 2] - x) < reach_x)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def head_parts(head: Head, factors: Factors, grid: np.ndarray) -> list[Mesh]:
    """Build the meshes that turn with the head: skin, ears, hair."""
    uv = np.stack([0.5 * (head.shape.u + 1.0), head.shape.v], -1)
    material = hair_material(hair_rgb(head.person, factors))
    return [
        grid_mesh(grid, SKIN_MATERIAL, uv),
        *head.ears,
        *(replace(mesh, material=replace(material, closed=mesh.material.closed)) for mesh in head.hair_meshes),
    ]
