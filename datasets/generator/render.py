"""A photograph of a person: meshes to pixels, with the ground truth."""

from dataclasses import dataclass

import cv2
import numpy as np

from .accessories import glasses, hand, surgical_mask
from .background import background
from .camera import FIELD_MM, NECK_PIVOT, SHADOW_SIDE, Camera, framed, head_rotation, lamp_view, light_direction
from .degrade import degrade, to_srgb
from .factors import Factors
from .head import head_of, head_parts, textures
from .identity import Identity
from .mesh import HAIR, PLAIN, Mesh
from .raster import rasterize
from .shade import shade, vertex_normals
from .shape import deformed
from .truth import truth

SUPERSAMPLE = 2
EXPOSURE = 1.0
NO_FACTORS = Factors()


@dataclass(frozen=True)
class Rendered:
    """A rendered image and its truth."""

    image: np.ndarray  # (S,S,3) uint8 RGB
    box: np.ndarray  # (4,) float32: x1 y1 x2 y2 of the face, from forehead to chin, cheek to cheek: see `truth.FACE`
    landmarks: np.ndarray  # (5,2) float32: left eye, right eye, nose, left and right mouth corner as seen, x then y


@dataclass(frozen=True)
class Layer:
    """A head to be pasted: premultiplied linear RGB and coverage (S,S,4) float32, and the truth."""

    rgba: np.ndarray
    box: np.ndarray
    landmarks: np.ndarray


def _joined(parts: list[Mesh]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Join all parts: vertices, uv, triangles, the material of each triangle, and the materials (M,7)."""
    offsets = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    triangles = np.concatenate([part.triangles + offset for part, offset in zip(parts, offsets, strict=True)])
    material_of = np.repeat(np.arange(len(parts)), [len(part.triangles) for part in parts])
    looks = [part.material for part in parts]
    materials = np.array([[*m.rgb, m.gloss, m.shininess, m.softness, m.layer] for m in looks])
    vertices = np.concatenate([part.vertices for part in parts])
    uv = np.concatenate([part.uv for part in parts])
    return vertices, uv, triangles.astype(np.int32), material_of.astype(np.int32), materials


def _draw(parts: list[Mesh], stack: np.ndarray, camera: Camera, factors: Factors) -> np.ndarray:
    """Draw the parts: linear premultiplied RGB and coverage (S,S,4) float32."""
    vertices, uv, triangles, material_of, materials = _joined(parts)
    normals = vertex_normals(vertices, triangles)
    # Only hair has holes: the skin covers wherever it is.
    holes = np.array([HAIR if part.material.layer == HAIR else PLAIN for part in parts], dtype=np.int32)[material_of]
    closed = np.array([part.material.closed for part in parts])[material_of]
    light = light_direction(factors)

    lamp = lamp_view(vertices, light, camera.target)
    side = SHADOW_SIDE
    shadow = np.zeros((side, side), np.float32)
    scratch = np.empty((side, side), np.int32), np.empty((side, side, 2), np.float32)
    rasterize(lamp, triangles, uv, holes, closed, stack, shadow, *scratch)

    side = camera.size_px
    depth, index = np.zeros((side, side), np.float32), np.full((side, side), -1, np.int32)
    weight = np.zeros((side, side, 2), np.float32)
    rasterize(camera.project(vertices), triangles, uv, holes, closed, stack, depth, index, weight)

    image = np.zeros((side, side, 4), np.float32)
    ambient = 0.62 * factors.ambient_level * (0.5 + 0.5 * factors.light_strength)
    strength = EXPOSURE * factors.light_strength * (1.15 - 0.5 * factors.ambient_level)
    shade(
        index,
        weight,
        triangles,
        normals,
        uv,
        lamp,
        material_of,
        materials,
        stack,
        shadow,
        light,
        strength,
        ambient,
        image,
    )
    small = side // SUPERSAMPLE
    return np.asarray(cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA))


def render_layer(person: Identity, factors: Factors, *, size_px: int, field_mm: float = FIELD_MM) -> Layer:
    """Render a person without a background and before the camera's faults.

    Arguments as for `render`; `field_mm` is what the image's side spans at the head: more than a portrait's shows
    the shoulders.
    """
    head = head_of(person)
    grid = deformed(person, factors, head.shape.skin)
    rotation = head_rotation(factors)
    parts = head_parts(head, factors, grid)
    if factors.glasses:
        parts += glasses(head.shape, grid, factors.glasses)
    if factors.mask > 0.0:
        parts += surgical_mask(head.shape, grid, factors.mask)
    parts = [part.rotated(rotation, NECK_PIVOT) for part in parts] + list(head.body)
    if factors.hand > 0.0:
        parts += hand(person, factors.hand)
    rgba = _draw(parts, textures(head, factors), framed(rotation, size_px * SUPERSAMPLE, field_mm), factors)
    known = truth(person, factors, size_px=size_px, field_mm=field_mm)
    return Layer(rgba, known.box, known.landmarks)


def render(identity: Identity, factors: Factors = NO_FACTORS, *, size_px: int = 160) -> Rendered:
    """Photograph a person; the same arguments give the same bytes.

    identity : who; see `identity.sample_identity`. factors : how; the default is a passport photograph.
    size_px : side of the square image, at least 16. The head fills about three quarters of it. Raises ValueError.
    """
    if size_px < 16:
        raise ValueError(f"size_px must be at least 16, got {size_px}")
    layer = render_layer(identity, factors, size_px=size_px)
    behind = background(size_px, size_px, factors.background) * np.float32(0.35 + 0.65 * factors.light_strength)
    linear = layer.rgba[..., :3] + (1.0 - layer.rgba[..., 3:]) * behind
    return Rendered(degrade(to_srgb(linear), factors), layer.box, layer.landmarks)
