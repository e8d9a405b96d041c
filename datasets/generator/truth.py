"""What an annotator would write beside an image: the box of the face and its five points, from the geometry alone."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .camera import FIELD_MM, NECK_PIVOT, framed, head_rotation
from .factors import Factors
from .identity import Identity
from .relief import layout
from .shape import Skin, deformed, skin_at
from .surface import head_surface


@dataclass(frozen=True)
class Extent:
    """The extent of a box on the head's front.

    From `forehead_mm` above the eyes to the chin, and `cheek_u` of the surface's parameter u to each side.
    """

    forehead_mm: float
    cheek_u: float


# An annotator's box: from a finger's breadth below the usual hair line, whatever the hair hides, to the underside of
# the chin, and to where the cheeks turn away, 60 degrees round the head: the ears and the temples' flight are outside.
# Detectors disagree about a face by more than that: MTCNN's boxes are a little higher, the Haar cascade's squares leave
# the chin out; this box lies between them.
FACE = Extent(56.0, 0.585)


@dataclass(frozen=True)
class Truth:
    """The truth of one image: the box of the face and its five points.

    box : (4,) float32, x1 y1 x2 y2. landmarks : (5,2) float32, x y: eyes, nose, mouth corners, left first.
    """

    box: np.ndarray
    landmarks: np.ndarray


@lru_cache(maxsize=256)
def _anchors(person: Identity, extent: Extent) -> Skin:
    """Compute five points and then the outline: (5 + 24 * 25, 3)."""
    surface, at = head_surface(person), layout(person)
    corner = 0.96 * at.mouth_half_width  # where the painted lips end
    x = np.array([-at.eye_x, at.eye_x, 0.0, -corner, corner])
    y = np.array([at.pupil_y, at.pupil_y, at.tip_y, at.mouth_y, at.mouth_y])
    u, v = surface.parameters(x, y)
    height = np.linspace(-extent.forehead_mm, at.chin_y - 1.0, 24)
    _, outline_v = surface.parameters(np.zeros_like(height), height)
    around, down = np.meshgrid(np.linspace(-extent.cheek_u, extent.cheek_u, 25), outline_v)
    u, v = np.concatenate([u, around.ravel()]), np.concatenate([v, down.ravel()])
    return skin_at(person, u, v, surface.point(u, v))


def truth(
    person: Identity, factors: Factors, *, size_px: int = 160, field_mm: float = FIELD_MM, extent: Extent = FACE
) -> Truth:
    """Compute box and points of the image that `render.render` takes for the same arguments, without taking it.

    The box holds the turned and deformed skin of `extent`. What is hidden by a hand or by the turned head is annotated
    where it is, as in the usual data sets.
    """
    rotation = head_rotation(factors)
    points = (deformed(person, factors, _anchors(person, extent)) - NECK_PIVOT) @ rotation.T + NECK_PIVOT
    seen = framed(rotation, size_px, field_mm).project(points)[:, :2].astype(np.float32)
    return Truth(np.concatenate([seen[5:].min(axis=0), seen[5:].max(axis=0)]), seen[:5])
