"""Labelled crops in two parts, people to train on and people to verify on, and the batch of every step."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eigen2arc.core.errors import UserError

from .augment import augment
from .prefetch import prefetched


@dataclass(frozen=True)
class TrainingData:
    """name : of the file of crops. crops : (N, S, S, 3) uint8. labels : (N,) int64, -1 for faces of unknown people.

    people : how many of them, the first, are trained on; the rest are held out. seed : of order and augmentation.
    """

    name: str
    crops: np.ndarray
    labels: np.ndarray
    people: int
    batch_size: int
    seed: int

    def __post_init__(self) -> None:
        held_out = len(np.unique(self.held_out[1]))
        if self.people < 2 or held_out < 2 or len(self._known) < self.batch_size:
            raise UserError(
                f"{len(self._known)} crops of {self.people} people would be trained on, {held_out} people verified: "
                f"both need two people at least, and training a whole batch of {self.batch_size}"
            )

    @property
    def _known(self) -> np.ndarray:
        return np.flatnonzero((self.labels >= 0) & (self.labels < self.people))

    @property
    def held_out(self) -> tuple[np.ndarray, np.ndarray]:
        """Crops and labels of the people who are not trained on."""
        rows = np.flatnonzero(self.labels >= self.people)
        return self.crops[rows], self.labels[rows]

    def batch(self, step: int, part: int, parts: int) -> tuple[Tensor, Tensor]:
        """The augmented crops and labels of a step, or, on one of several devices, this device's part of them.

        An epoch is one shuffled pass. Both follow from the seed and the step alone, not from the steps before.
        """
        known = self._known
        epoch, place = divmod(step, len(known) // self.batch_size)
        order = np.random.default_rng((self.seed, 0, epoch)).permutation(known)
        rows = order[place * self.batch_size : (place + 1) * self.batch_size][part::parts]
        crops = augment(self.crops[rows], np.random.default_rng((self.seed, 1, step, part)))
        return torch.from_numpy(crops), torch.from_numpy(self.labels[rows])

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Crops and labels of each step; the next batch is made while this one is used."""
        return prefetched(lambda step: self.batch(step, part, parts), steps)
