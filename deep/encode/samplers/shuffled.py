"""Epochs: every image once, in an order of its own each time."""

from functools import lru_cache

import numpy as np

from eigen2arc.core.bounds import Count, Seed
from eigen2arc.core.errors import UserError


class Shuffled:
    """Shuffled epochs; images that would fill less than a batch at an epoch's end are left for another epoch."""

    def __init__(self, images: int, batch_size: int, seed: int) -> None:
        self.images, self.batch_size, self.seed = images, batch_size, seed
        # Batches are made ahead, so that two epochs can be under way; to shuffle millions takes longer than a step.
        self._order = lru_cache(maxsize=2)(self._shuffle)

    def rows(self, step: int) -> np.ndarray:
        """Return the images of a step, (batch_size,) int64 indices into the labels."""
        epoch, step_in_epoch = divmod(step, self.images // self.batch_size)
        return self._order(epoch)[step_in_epoch * self.batch_size :][: self.batch_size].copy()

    def _shuffle(self, epoch: int) -> np.ndarray:
        return np.random.default_rng((self.seed, 0, epoch)).permutation(self.images)


def build(*, labels: np.ndarray, batch_size: Count, seed: Seed) -> Shuffled:
    """Build the sampler of shuffled epochs.

    labels : (N,) int64, who is on each image. batch_size : images a step. seed : of the order. Raises UserError.
    """
    if batch_size > len(labels):
        raise UserError(f"batch_size: expected 1 to {len(labels)}, the images there are, got {batch_size}")
    return Shuffled(len(labels), batch_size, seed)
