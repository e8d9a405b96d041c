"""Faces turned away from the camera, which the real crops at hand lack: synthetic people, with the boxes known."""

from dataclasses import replace

import numpy as np

from eigen2arc.core.progress import progress_bars
from eigen2arc.datasets.generator.drawn import DrawnImages, identity_seed
from eigen2arc.datasets.generator.factors import Factors, sample_factors

from .samples import annotated_crops

#: Of the generator's people; those of `synthetic` with small seeds are left for tests.
PEOPLE_SEED = 4_000

PICTURES_OF_EACH = 4

#: Large enough for a face's box to be about twice as high as in a training crop.
SIZE_PX = 80

MOST_YAW_DEG = 60.0
DIFFICULTY = 0.45


def synthetic_crops(people: int, rng: np.random.Generator) -> np.ndarray:
    """(PICTURES_OF_EACH * people, 36, 36) uint8 crops, moved and degraded as the real ones are."""
    numbers = np.repeat(np.arange(people), PICTURES_OF_EACH).tolist()
    images = DrawnImages(
        tuple(identity_seed(PEOPLE_SEED, number) for number in numbers),
        tuple(_factors(rng) for _ in numbers),
        tuple(f"{i:06d}" for i in range(len(numbers))),
        SIZE_PX,
    )
    with progress_bars() as bars:
        truths = bars.track(enumerate(images.truths()), len(numbers), description="synthetic faces")
        return annotated_crops(((images[i], truth.box) for i, truth in truths), rng)


def _factors(rng: np.random.Generator) -> Factors:
    """Turned by any angle alike; the camera is a perfect one, because degraded() adds the faults."""
    return replace(
        sample_factors(rng, DIFFICULTY),
        yaw_deg=float(rng.uniform(-MOST_YAW_DEG, MOST_YAW_DEG)),
        pitch_deg=float(np.clip(rng.normal(0, 9), -25, 25)),
        blur_px=0.0,
        noise_sigma=0.0,
        jpeg_quality=100,
        resolution_px=0,
    )
