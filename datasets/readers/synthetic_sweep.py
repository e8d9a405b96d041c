"""Synthetic people, one factor varied at a time: pose, light, blur, occlusion, resolution, noise, age, expression."""

from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Ge, Le, Seed
from eigen2arc.core.types import Dataset, Faces, Trials
from eigen2arc.datasets.generator.drawn import DrawnImages, factor_columns, identity_seed
from eigen2arc.datasets.generator.factors import Factors
from eigen2arc.datasets.generator.sweep import SWEEPS, reference_factors, swept_factors

FOLDS = 10


def build(
    *, people: Annotated[int, Ge(4), Le(10_000)] = 60, seed: Seed = 0, size_px: Annotated[int, Ge(16), Le(8192)] = 160
) -> Dataset:
    """Build one passport photograph per person, and one image for each level of each factor.

    Each swept image makes two trials: with the photograph of its person, and with that of another one of the same
    fold; so each level of each factor has ``people`` genuine and ``people`` impostor pairs.

    Dataset.sweeps: the factors' names. Dataset.factors["swept"]: the factor's number in it, NaN on a photograph;
    Dataset.factors["level"]: its value, without the sign for those that go to both sides.

    people : how many. seed : as in ``synthetic``, whose people these are: use another seed than for training.
    size_px : side of the square images.
    """
    steps = [(number, level) for number, sweep in enumerate(SWEEPS) for level in sweep.levels]
    per_person = 1 + len(steps)
    labels = np.repeat(np.arange(people), per_person)
    factors: list[Factors] = []
    names: list[str] = []
    for person in range(people):
        rng = np.random.Generator(np.random.PCG64([seed, person, 0x53EE]))
        factors += [
            reference_factors(rng),
            *(swept_factors(SWEEPS[number].name, level, rng) for number, level in steps),
        ]
        names += [f"{person:05d}/reference"]
        names += [f"{person:05d}/{SWEEPS[number].name}_{level:g}" for number, level in steps]
    images = DrawnImages(
        tuple(identity_seed(seed, person) for person in labels.tolist()), tuple(factors), tuple(names), size_px
    )
    columns = factor_columns(factors)
    columns["swept"] = np.tile([np.nan, *(number for number, _ in steps)], people)
    columns["level"] = np.tile([np.nan, *(level for _, level in steps)], people)
    return Dataset(
        "synthetic_sweep",
        images,
        tuple(f"{person:05d}" for person in range(people)),
        labels,
        tuple(Faces(truth.box[None], np.ones(1), truth.landmarks[None]) for truth in images.truths()),
        _trials(people, per_person),
        factors=columns,
        sweeps=tuple(sweep.name for sweep in SWEEPS),
        protocol=f"{people} synthetic people, {len(SWEEPS)} factors one at a time, seed {seed}",
        notes=("These people do not exist; results on them do not carry over to real faces.",),
    )


def _trials(people: int, per_person: int) -> Trials:
    """Pair photographs with swept images, genuine then impostor, for every swept image."""
    folds = min(FOLDS, people // 2)
    swept = np.flatnonzero(np.arange(people * per_person) % per_person)
    person = swept // per_person
    # Person + folds lies in the same fold; the last of a fold is followed by its first.
    other = np.where(person + folds < people, person + folds, person % folds)
    first = np.concatenate([person, other]) * per_person
    same = np.repeat([True, False], len(swept))
    return Trials(first, np.tile(swept, 2), same, np.tile(person % folds, 2))
