"""Labelled crops to learn from, and the batch of every step."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from eigen2arc.core.errors import UserError
from eigen2arc.deep.augment.crops import augment
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.engine.prefetch import prefetched

from .crops import Crops


class Sampler(Protocol):
    """A plug-in of deep/samplers: which crops make a batch."""

    def rows(self, step: int) -> np.ndarray:
        """(batch_size,) int64, places in the labels that it was built with."""
        ...


@dataclass(frozen=True)
class TrainingData:
    """crops : N of them. rows : (M,) int64, those to learn from. labels : (M,) int64, whose they are, any numbers.

    seed : of the augmentation.
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

    def batch(self, places: np.ndarray, step: int, part: int, parts: int) -> tuple[Tensor, Tensor]:
        """The augmented crops and classes of a step or, on one of several devices, this device's part of them.

        places : (B,) the whole batch, places in ``rows``. Every crop has its own random numbers, which follow from the
        seed, the step and its place in the batch: it is the same on whatever device.
        """
        if len(places) % parts:
            raise UserError(f"a batch of {len(places)} cannot be shared by {parts} devices: choose another batch_size")
        numbers = np.random.default_rng((self.seed, 1, step)).spawn(len(places))
        read = [self.read(place) for place in places[part::parts]]
        crops = [
            augment(crop, self.degradations, rng) for (crop, _), rng in zip(read, numbers[part::parts], strict=True)
        ]
        return torch.from_numpy(np.stack(crops)), torch.tensor([self.classes[place] for _, place in read])

    def read(self, place: int) -> tuple[np.ndarray, int]:
        """A crop and its place; where it is damaged, the next one that is not."""
        for other in (*range(place, len(self.rows)), *range(place)):
            crop = self.crops.read(int(self.rows[other]))
            if crop is not None:
                return crop, other
        raise UserError("not one of the crops to learn from can be read")

    def batches(self, sampler: Sampler, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Crops and classes of each step; the next batches are made while this one is used."""
        return prefetched(lambda step: self.batch(sampler.rows(step), step, part, parts), steps)


def damage_report(crops: Collection[Crops]) -> str:
    """A line that counts and names what could not be read; empty where all could be."""
    damaged = [why for source in crops for why in source.damaged.values()]
    if not damaged:
        return ""
    more = f" and {len(damaged) - 3} more" if len(damaged) > 3 else ""
    return (
        f"{len(damaged)} of {sum(map(len, crops))} images could not be read and were skipped: "
        + "; ".join(damaged[:3])
        + more
    )
