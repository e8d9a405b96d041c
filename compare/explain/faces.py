"""The faces that `eigen2arc explain` shows: one cut out of an image, or synthetic ones in chosen light."""

from pathlib import Path

import numpy as np

from eigen2arc.core.image import read
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.stages import Aligner, Detector
from eigen2arc.core.types import Faces, Status
from eigen2arc.datasets.generator.factors import Factors
from eigen2arc.datasets.generator.identity import sample_identity
from eigen2arc.datasets.generator.render import render
from eigen2arc.datasets.generator.truth import truth
from eigen2arc.datasets.readers import synthetic

#: One face in light that is easy, and in light that is not. The first is what the others are compared with.
LIGHT: dict[str, Factors] = {
    "even light": Factors(light_azimuth_deg=0, light_elevation_deg=20, ambient_level=0.8),
    "lamp from the left": Factors(light_azimuth_deg=-75, light_elevation_deg=15, ambient_level=0.08),
    "lamp from the right": Factors(light_azimuth_deg=60, light_elevation_deg=35, ambient_level=0.15),
    "dim light": Factors(light_azimuth_deg=0, light_elevation_deg=20, ambient_level=0.8, light_strength=0.25),
    "noise": Factors(light_azimuth_deg=0, light_elevation_deg=20, ambient_level=0.8, noise_sigma=22),
}

#: The seed of the person shown: any other seed is any other person.
PERSON = 4

#: Side of the synthetic images, before a crop is cut out of them.
IMAGE_PX = 200


def face_in(path: Path, detector: Detector, aligner: Aligner) -> tuple[np.ndarray, bool]:
    """Cut the face out of an image file; returns the crop (S, S, 3) uint8 and whether the detector found a face.

    Without one the crop is the image's centre. Raises core.image.ImageError.
    """
    image = read(path)
    faces, status = locate([image], detector.detect([image]), on_missing="centre")
    return cut(aligner, [image], faces)[0], bool(status[0] == Status.FOUND)


def lit_faces(aligner: Aligner) -> np.ndarray:
    """Render one synthetic person once for each of LIGHT: crops (L, S, S, 3) uint8, cut at the true points."""
    person = sample_identity(PERSON)
    images = [render(person, factors, size_px=IMAGE_PX).image for factors in LIGHT.values()]
    true = [truth(person, factors, size_px=IMAGE_PX) for factors in LIGHT.values()]
    return cut(aligner, images, [Faces(t.box[None], np.ones(1), t.landmarks[None]) for t in true])


def people(aligner: Aligner, count: int, images_each: int) -> tuple[np.ndarray, np.ndarray]:
    """Render synthetic people to learn from: crops (N, S, S, 3) uint8, person by person, and labels (N,) int64."""
    drawn = synthetic.build(people=count, images_per_person=images_each, seed=7, size_px=IMAGE_PX, difficulty=0.35)
    assert drawn.faces is not None and drawn.labels is not None
    return cut(aligner, [drawn.images[i] for i in range(len(drawn.images))], drawn.faces), drawn.labels
