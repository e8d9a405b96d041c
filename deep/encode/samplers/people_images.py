"""P people, K images of each: batches with triplets in them (P x K of Hermans et al., 2017, section 2)."""

from functools import lru_cache
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Count, Ge, Seed
from eigen2arc.core.errors import UserError


class PeopleImages:
    """P x K sampling: an epoch is one pass over the people in a new order, P at a step; a rest is left for another.

    K of a person's images are drawn at random. Who has fewer than K has them repeated, none twice more than another;
    who has only one, and so makes no pair, is left out.
    """

    def __init__(self, labels: np.ndarray, batch_size: int, seed: int, images_per_person: int) -> None:
        self.batch_size, self.seed, self.images_per_person = batch_size, seed, images_per_person
        counts = np.unique(labels, return_counts=True)[1]
        by_person = np.split(np.argsort(labels, kind="stable"), np.cumsum(counts)[:-1])
        self.images = [indices for indices in by_person if len(indices) > 1]
        # Batches are made ahead, so that two epochs can be under way.
        self._order = lru_cache(maxsize=2)(self._shuffle)

    @property
    def people_per_batch(self) -> int:
        return self.batch_size // self.images_per_person

    def rows(self, step: int) -> np.ndarray:
        """Return the images of a step, (batch_size,) int64 indices into the labels, person by person."""
        epoch, step_in_epoch = divmod(step, len(self.images) // self.people_per_batch)
        people = self._order(epoch)[step_in_epoch * self.people_per_batch :][: self.people_per_batch]
        rng = np.random.default_rng((self.seed, 1, step))
        # np.resize repeats what is too short from its start.
        return np.concatenate([np.resize(rng.permutation(self.images[p]), self.images_per_person) for p in people])

    def _shuffle(self, epoch: int) -> np.ndarray:
        return np.random.default_rng((self.seed, 0, epoch)).permutation(len(self.images))


def build(
    *, labels: np.ndarray, batch_size: Count, seed: Seed, images_per_person: Annotated[int, Ge(2)] = 4
) -> PeopleImages:
    """Build the sampler of P people with K images each.

    labels : (N,) int64, who is on each image. batch_size : images a step, P x K. seed : of people and images.
    images_per_person : K; two make a pair. Raises UserError.
    """
    if batch_size < 2 * images_per_person or batch_size % images_per_person:
        raise UserError(
            f"batch_size: expected {images_per_person} images each of two people or more, a multiple of "
            f"{images_per_person} from {2 * images_per_person} on, got {batch_size}"
        )
    sampler = PeopleImages(labels, batch_size, seed, images_per_person)
    if len(sampler.images) < sampler.people_per_batch:
        raise UserError(
            f"a batch of {batch_size} wants {sampler.people_per_batch} people, {images_per_person} images of each; "
            f"{len(sampler.images)} people have two images or more: choose a smaller batch_size"
        )
    return sampler
