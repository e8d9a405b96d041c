"""Open-set identification on any set that says who is who: some people are enrolled, others are strangers.

{ name = "open_set", base = { name = "lfw", view = "people" }, people = 1000, strangers = 3000 }
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Count, Ge, Le, PluginTable, Seed
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.subset import select
from eigen2arc.core.types import GALLERY, PROBE, UNUSED, Dataset
from eigen2arc.datasets.images.concat_images import ConcatImages
from eigen2arc.datasets.protocols.open_set import open_set_split


def build(
    *,
    root: Path | str,
    base: PluginTable = "folder",
    strangers_from: PluginTable | None = None,
    people: Count | None = None,
    strangers: Count | None = None,
    enrolled: Count = 1,
    probes: Count | None = None,
    rounds: Annotated[int, Ge(1), Le(1000)] = 1,
    split_seed: Seed = 0,
) -> Dataset:
    """Build the images of the people that some round needs, and Dataset.splits, in which strangers are only probes.

    The rounds are drawn independently of each other: who is enrolled, with which images, and who is a stranger.

    base : the set whose people are enrolled. strangers_from : another set, whose people are all strangers; nobody of it
    may be in ``base``, and it need not say who is who. people : so many are enrolled in a round, of those with more
    than ``enrolled`` images; without it half of them, or all where strangers come from another set. strangers : so many
    people are strangers in a round; without it all who are not enrolled, or all of ``strangers_from``. enrolled :
    images of a person in the gallery. probes : at most so many of a person's other images are looked up; without it
    all. rounds : so many. split_seed : all is drawn with it.
    Raises UserError where there are too few people or strangers.
    """
    enrolled_from = _made(base, root, "base")
    if enrolled_from.labels is None:
        raise UserError(f"open_set: {enrolled_from.name} does not say who is who: choose another set as base")
    both, outside = enrolled_from, np.zeros(len(enrolled_from.images), bool)
    if strangers_from is not None:
        others = _made(strangers_from, root, "strangers_from")
        both, outside = _join(enrolled_from, others), np.append(outside, np.ones(len(others.images), bool))
    assert both.labels is not None
    try:
        splits = np.stack(
            [
                open_set_split(
                    both.labels,
                    outside,
                    people=people,
                    strangers=strangers,
                    enrolled=enrolled,
                    probes=probes,
                    seed=(split_seed, number),
                )
                for number in range(rounds)
            ]
        )
    except UserError as error:
        raise UserError(f"open_set, {both.name}: {error}") from error
    used = np.flatnonzero((splits != UNUSED).any(axis=0))
    return replace(
        select(both, used, None, splits[:, used]),
        name="open_set",
        fold=None,
        protocol=f"{both.protocol}; open set: {_describe(both.labels, splits, rounds, split_seed)}",
    )


def _made(given: PluginTable, root: Path | str, setting: str) -> Dataset:
    made: Dataset = Component.parse("dataset", given, f"open_set, {setting}").with_defaults(root=root).built
    return made


def _join(base: Dataset, others: Dataset) -> Dataset:
    """Put the strangers' set behind the base; a name that both have is that of two people."""
    assert base.labels is not None
    unknown = np.full(len(others.images), -1)
    labels = unknown if others.labels is None else np.where(others.labels < 0, -1, others.labels + len(base.people))
    faces = None if base.faces is None or others.faces is None else (*base.faces, *others.faces)
    return Dataset(
        base.name,
        ConcatImages((base.images, others.images)),
        (*(f"0/{name}" for name in base.people), *(f"1/{name}" for name in others.people)),
        np.concatenate([base.labels, labels]),
        faces,
        protocol=f"{base.protocol}; strangers: {others.protocol}",
        notes=(*base.notes, *(f"{others.name}: {note}" for note in others.notes)),
    )


def _describe(labels: np.ndarray, splits: np.ndarray, rounds: int, seed: int) -> str:
    """The first round in words; the others are alike."""
    enrolled = np.unique(labels[splits[0] == GALLERY])
    looked_up = splits[0] == PROBE
    mated = looked_up & np.isin(labels, enrolled)
    words = (
        f"{len(enrolled):,} people enrolled with {int((splits[0] == GALLERY).sum()):,} images and looked up with "
        f"{int(mated.sum()):,}, {int((looked_up & ~mated).sum()):,} images of strangers, drawn with seed {seed}"
    )
    return words if rounds == 1 else f"{rounds} rounds, the first: {words}"
