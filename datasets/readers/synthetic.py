"""Synthetic people: a deterministic 3-D face generator, with the truth of every image.

After the idea of Blanz, Vetter, "A morphable model for the synthesis of 3D faces" (SIGGRAPH 1999), with a basis written
by hand: no download, no licence, no one's privacy.
"""

from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Ge, Le, Seed, Share
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.generator.drawn import DrawnImages, factor_columns, identity_seed
from eigen2arc.datasets.generator.factors import sample_factors
from eigen2arc.datasets.protocols.pairs import balanced_pairs

FOLDS = 10


def build(
    *,
    people: Annotated[int, Ge(1), Le(100_000)] = 100,
    images_per_person: Annotated[int, Ge(1), Le(1000)] = 6,
    seed: Seed = 0,
    size_px: Annotated[int, Ge(16), Le(8192)] = 160,
    pairs: Annotated[int, Ge(2 * FOLDS), Le(10_000_000)] = 3000,
    difficulty: Share = 0.5,
) -> Dataset:
    """Build ``people`` times ``images_per_person`` images, person by person, drawn when they are asked for.

    Dataset.faces: box and five points of every image. Dataset.factors: every nuisance factor. Dataset.fold: 0 for the
    first image of a person, the gallery of an identification, 1 for the others, its probes. Image k of person n
    depends on seed, n, k, size_px and difficulty only.

    people, images_per_person : how many. seed : other seeds draw other people, so two seeds make a training and a test
    set. size_px : side of the square images. pairs : at most this many in all, half of them genuine, in 10 folds that
    share no person (fewer folds where there are fewer than 20 people, and no trials where there are no two images of
    somebody). difficulty : 0 studio, 0.5 press photograph, 1 street camera.
    """
    labels = np.repeat(np.arange(people), images_per_person)
    names, factors = [], []
    for person in range(people):
        for number in range(images_per_person):
            rng = np.random.Generator(np.random.PCG64([seed, person, number]))
            factors.append(sample_factors(rng, difficulty))
            names.append(f"{person:05d}/{number:04d}")
    images = DrawnImages(
        tuple(identity_seed(seed, person) for person in labels.tolist()), tuple(factors), tuple(names), size_px
    )
    can_pair = people > 1 and images_per_person > 1
    return Dataset(
        "synthetic",
        images,
        tuple(f"{person:05d}" for person in range(people)),
        labels,
        tuple(Faces(truth.box[None], np.ones(1), truth.landmarks[None]) for truth in images.truths()),
        balanced_pairs(labels, pairs_per_fold=pairs // FOLDS, folds=FOLDS, seed=seed) if can_pair else None,
        (np.arange(len(labels)) % images_per_person > 0).astype(np.int64),
        factors=factor_columns(factors),
        protocol=f"{people} synthetic people x {images_per_person} images, difficulty {difficulty:g}, seed {seed}",
        notes=("These people do not exist; results on them do not carry over to real faces.",),
    )
