"""A cluttered image with many people: planned from the geometry, and drawn when it is asked for."""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from .background import background
from .clutter import add_clutter
from .degrade import degrade, to_srgb
from .factors import Factors, sample_factors
from .identity import sample_identity
from .render import render_layer
from .truth import FACE, Extent, Truth, truth

FIELD_MM = 430.0  # a head image shows the shoulders too
FACE_SHARE = 180.0 / FIELD_MM  # of its side is the height of a face's box, about
MAX_COVERED = 0.10  # of a whole face may be hidden by somebody nearer
WHOLE_FACE = Extent(62.0, 0.65)  # what a plan keeps in the image and free: the box, the hair line and the temples
LEAST_RENDER_PX = 128  # smaller heads are drawn at this size and reduced, because textures are looked up unfiltered


@dataclass(frozen=True)
class Placed:
    """One person in a scene: who and how, the head image's side and its upper left corner in pixels."""

    identity_seed: int
    factors: Factors
    side_px: int
    left: int
    top: int

    def truth(self, extent: Extent = FACE) -> Truth:
        """Compute box and points of the person in the scene."""
        known = _truth(self.identity_seed, self.factors, self.side_px, extent)
        corner = np.array([self.left, self.top], dtype=np.float32)
        return Truth(known.box + np.tile(corner, 2), known.landmarks + corner)


@lru_cache(maxsize=64)
def _truth(identity_seed: int, factors: Factors, side_px: int, extent: Extent) -> Truth:
    return truth(sample_identity(identity_seed), factors, size_px=side_px, field_mm=FIELD_MM, extent=extent)


@dataclass(frozen=True)
class Scene:
    """The plan of one image; `people` from far to near, `camera` holds the faults of the camera only."""

    width_px: int
    height_px: int
    seed: int
    people: tuple[Placed, ...]
    camera: Factors


def plan_scene(
    seed: int, *, width_px: int, height_px: int, most_faces: int, face_px: tuple[int, int], difficulty: float
) -> Scene:
    """Draw the plan of a scene.

    most_faces : the number of faces is uniform in 0..most_faces, less those for which no free spot was found in 30
    trials. face_px : least and largest height of a face's box, about; logarithmically uniform between them.
    difficulty : 0..1, see `factors.sample_factors`.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 0x5CE2E]))
    lamp = sample_factors(rng, difficulty)
    least, largest = np.log(face_px)
    heights = np.sort(np.exp(rng.uniform(least, largest, size=int(rng.integers(0, most_faces + 1)))))
    people: list[Placed] = []
    for height in heights.tolist():
        factors = replace(
            sample_factors(rng, difficulty),
            light_azimuth_deg=lamp.light_azimuth_deg, light_strength=lamp.light_strength,
            light_elevation_deg=lamp.light_elevation_deg, ambient_level=lamp.ambient_level,
        )  # fmt: skip
        side, who = round(height / FACE_SHARE), int(rng.integers(0, 2**31 - 1))
        for _ in range(30):
            left = int(rng.uniform(-0.3 * side, width_px - 0.7 * side))
            top = int(rng.uniform(-0.1 * side, height_px - 0.5 * side))
            candidate = Placed(who, factors, side, left, top)
            if _fits(candidate, people, width_px, height_px):
                people.append(candidate)
                break
    camera = Factors(
        noise_sigma=lamp.noise_sigma, jpeg_quality=lamp.jpeg_quality, blur_px=0.5 * lamp.blur_px, background=seed
    )
    return Scene(width_px, height_px, seed, tuple(people), camera)


def _fits(candidate: Placed, people: list[Placed], width_px: int, height_px: int) -> bool:
    """Tell whether the whole face lies in the image, and hair and shoulders leave the faces behind it free."""
    x1, y1, x2, y2 = candidate.truth(WHOLE_FACE).box.tolist()
    if x1 < 0.0 or y1 < 0.0 or x2 > width_px or y2 > height_px:
        return False
    wide, high = x2 - x1, y2 - y1
    head = np.array([x1 - 0.25 * wide, y1 - 0.40 * high, x2 + 0.25 * wide, y2])
    body = np.array(
        [candidate.left, y2 + 0.15 * high, candidate.left + candidate.side_px, candidate.top + candidate.side_px]
    )
    behind = [one.truth(WHOLE_FACE).box for one in people]
    return all(_covered(box, head) + _covered(box, body) <= MAX_COVERED for box in behind)


def _covered(box: np.ndarray, by: np.ndarray) -> float:
    """Compute the share of a box's area that lies in another one."""
    side = np.clip(np.minimum(box[2:], by[2:]) - np.maximum(box[:2], by[:2]), 0.0, None)
    return float(side.prod() / (box[2:] - box[:2]).prod())


def draw_scene(scene: Scene) -> np.ndarray:
    """Draw the image (height_px, width_px, 3) uint8 RGB of a plan."""
    image = np.ascontiguousarray(background(scene.height_px, scene.width_px, scene.seed))
    add_clutter(image, scene.seed)
    for one in scene.people:
        side = one.side_px
        drawn_px = max(side, LEAST_RENDER_PX)
        rgba = render_layer(sample_identity(one.identity_seed), one.factors, size_px=drawn_px, field_mm=FIELD_MM).rgba
        if drawn_px > side:
            rgba = np.asarray(cv2.resize(rgba, (side, side), interpolation=cv2.INTER_AREA))
        y1, x1 = max(0, one.top), max(0, one.left)
        y2, x2 = min(scene.height_px, one.top + side), min(scene.width_px, one.left + side)
        part = rgba[y1 - one.top : y2 - one.top, x1 - one.left : x2 - one.left]
        image[y1:y2, x1:x2] = part[..., :3] + (1.0 - part[..., 3:]) * image[y1:y2, x1:x2]
    return degrade(to_srgb(image), scene.camera)
