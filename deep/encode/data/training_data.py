"""Labelled crops to learn from: which images of a set they are, and the batch of every step."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import PROBE, Dataset
from eigen2arc.deep.augment.crops import augment
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.engine.prefetch import prefetched

from .crops import Crops


@dataclass(frozen=True)
class Split:
    """The split of a set's images in those to train on and those held out; images of unknown people are in neither.

    train, held_out : ascending image numbers, int64.
    """

    train: np.ndarray
    held_out: np.ndarray


def split(dataset: Dataset, held_out_people: int) -> Split:
    """Split a set's images by its own protocol where it has one: its training part is trained on, probes are held out.

    That is Dataset.splits, its first round. Else split by people, the last ``held_out_people`` being held out; 0 holds
    out no one. Raises UserError for a set that does not say who is who.
    """
    if dataset.labels is None:
        raise UserError(f"dataset {dataset.name} does not say who is who: nothing can be learned from it")
    known = dataset.labels >= 0
    if dataset.splits is not None:
        return Split(np.flatnonzero(known & dataset.training), np.flatnonzero(known & (dataset.splits[0] == PROBE)))
    people = np.unique(dataset.labels[known])
    if held_out_people >= len(people):
        raise UserError(f"held_out_people: expected fewer than the set's {len(people)}, got {held_out_people}")
    train = np.isin(dataset.labels, people[: len(people) - held_out_people])
    return Split(np.flatnonzero(known & train), np.flatnonzero(known & ~train))


class Sampler(Protocol):
    """A plug-in of deep/encode/samplers: which crops make a batch."""

    def rows(self, step: int) -> np.ndarray:
        """Return the crops of a step, (batch_size,) int64 indices into the labels that it was built with."""
        ...


@dataclass(frozen=True)
class TrainingData:
    """Augmented crops with their classes, batch by batch.

    crops : N of them. rows : (M,) int64, those to learn from. labels : (M,) int64, whose they are, any numbers. seed :
    of the augmentation.
    """

    crops: Crops
    rows: np.ndarray
    labels: np.ndarray
    degradations: Degradations
    seed: int

    def __post_init__(self) -> None:
        if self.people < 2:
            raise UserError(
                f"{len(self.rows)} crops of {self.people} people would be trained on: two people are needed at least"
            )

    @cached_property
    def classes(self) -> np.ndarray:
        """(M,) int64, whose each crop is, counted from 0."""
        return np.unique(self.labels, return_inverse=True)[1]

    @cached_property
    def people(self) -> int:
        """How many there are to learn."""
        return len(np.unique(self.labels))

    def batch(self, indices: np.ndarray, step: int, part: int, parts: int) -> tuple[Tensor, Tensor]:
        """Read and augment the crops of a step or, on one of several devices, this device's part of them.

        indices : (B,) the whole batch, indices into ``rows``. Every crop has its own random numbers, which follow from
        the seed, the step and its position in the batch: it is the same on whatever device. Returns crops and classes.
        """
        if len(indices) % parts:
            raise UserError(f"a batch of {len(indices)} cannot be shared by {parts} devices: choose another batch_size")
        rngs = np.random.default_rng((self.seed, 1, step)).spawn(len(indices))
        read = [self.read(index) for index in indices[part::parts]]
        crops = [augment(crop, self.degradations, rng) for (crop, _), rng in zip(read, rngs[part::parts], strict=True)]
        return torch.from_numpy(np.stack(crops)), torch.tensor([self.classes[index] for _, index in read])

    def read(self, index: int) -> tuple[np.ndarray, int]:
        """Read a crop; return it with its index. Where it is damaged, that is the next one that is not."""
        for other in (*range(index, len(self.rows)), *range(index)):
            crop = self.crops.read(int(self.rows[other]))
            if crop is not None:
                return crop, other
        raise UserError("not one of the crops to learn from can be read")

    def batches(self, sampler: Sampler, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield crops and classes of each step; the next batches are made while this one is used."""
        return prefetched(lambda step: self.batch(sampler.rows(step), step, part, parts), steps)


def damage_report(crops: Collection[Crops]) -> str:
    """Describe in a line how many images could not be read, and which; empty where all could be."""
    damaged = [why for source in crops for why in source.damaged.values()]
    if not damaged:
        return ""
    more = f" and {len(damaged) - 3} more" if len(damaged) > 3 else ""
    return (
        f"{len(damaged)} of {sum(map(len, crops))} images could not be read and were skipped: "
        + "; ".join(damaged[:3])
        + more
    )
