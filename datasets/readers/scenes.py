"""Synthetic scenes: cluttered images with none to twenty faces of 20 to 200 pixels, and their boxes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Ge, Le, Seed, Share, SidePx
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.generator.drawn import recipe_digest
from eigen2arc.datasets.generator.scene import Scene, draw_scene, plan_scene

SCENES_PER_SEED = 1_000_000


@dataclass(frozen=True)
class SceneImages:
    """Scenes that are drawn when they are asked for; implements core.types.Images."""

    scenes: tuple[Scene, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f"scene/{number:05d}" for number in range(len(self.scenes)))

    def __len__(self) -> int:
        return len(self.scenes)

    def __getitem__(self, index: int) -> np.ndarray:
        return draw_scene(self.scenes[index])

    @cached_property
    def version(self) -> str:
        """Digest of the recipe: nothing is drawn for it."""
        return recipe_digest(draw_scene, self.scenes)


def build(
    *,
    images: Annotated[int, Ge(1), Le(SCENES_PER_SEED)] = 100,
    seed: Seed = 0,
    width_px: SidePx = 640,
    height_px: SidePx = 480,
    most_faces: Annotated[int, Ge(0), Le(1000)] = 20,
    least_face_px: Annotated[int, Ge(10), Le(4096)] = 20,
    largest_face_px: Annotated[int, Ge(10), Le(4096)] = 200,
    difficulty: Share = 0.5,
) -> Dataset:
    """Build ``images`` scenes of width_px by height_px, each with 0 to ``most_faces`` faces whose boxes are known.

    Dataset.faces: every face, boxes and five points, scores 1. Scene k depends on seed, k and the other settings, not
    on ``images``.

    images : how many scenes. width_px, height_px : of each. most_faces : in a scene, which has as few as none.
    least_face_px, largest_face_px : height of a face's box, give or take a person's proportions; about a tenth of it at
    most is hidden by somebody else. difficulty : 0 studio, 0.5 press photograph, 1 street camera; it sets pose, light
    and accessories of the people, and the camera's faults. Raises UserError.
    """
    if least_face_px > largest_face_px:
        raise UserError(
            f"scenes: largest_face_px = {largest_face_px}: expected {least_face_px} (least_face_px) or more"
        )
    if 2 * largest_face_px > min(width_px, height_px):
        raise UserError(f"a face of {largest_face_px} px with its hair needs twice that in {width_px} x {height_px}")
    scenes = tuple(
        plan_scene(
            seed * SCENES_PER_SEED + number,
            width_px=width_px,
            height_px=height_px,
            most_faces=most_faces,
            face_px=(least_face_px, largest_face_px),
            difficulty=difficulty,
        )
        for number in range(images)
    )
    faces = tuple(_faces(scene) for scene in scenes)
    return Dataset(
        "scenes",
        SceneImages(scenes),
        faces=faces,
        protocol=f"{images} synthetic scenes, {sum(map(len, faces))} faces, difficulty {difficulty:g}, seed {seed}",
        notes=("These people do not exist; results on them do not carry over to real images.",),
    )


def _faces(scene: Scene) -> Faces:
    truths = [person.truth() for person in scene.people]
    if not truths:
        return Faces.none()
    return Faces(
        np.stack([truth.box for truth in truths]), np.ones(len(truths)), np.stack([truth.landmarks for truth in truths])
    )
