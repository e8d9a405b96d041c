"""Splitting each person's images into a gallery and probes, for closed-set identification."""

import numpy as np

from eigen2arc.core.errors import UserError

GALLERY, PROBE = 0, 1


def gallery_split(labels: np.ndarray, *, train_per_person: int, split_seed: int | None) -> np.ndarray:
    """(N,) int64: GALLERY for ``train_per_person`` images of each person, PROBE for the rest.

    labels : (N,) int64. split_seed : None takes each person's first images, a number draws them at random with it.
    Raises UserError where a person has no image left to be a probe.
    """
    rng = None if split_seed is None else np.random.default_rng(split_seed)
    fold = np.full(len(labels), PROBE, np.int64)
    for person in np.unique(labels):
        images = np.flatnonzero(labels == person)
        if not 1 <= train_per_person < len(images):
            raise UserError(
                f"train_per_person={train_per_person}: expected 1 to {len(images) - 1}, "
                f"because person number {person} has {len(images)} images"
            )
        if rng is not None:
            images = rng.permutation(images)
        fold[images[:train_per_person]] = GALLERY
    return fold


def describe_split(*, train_per_person: int, split_seed: int | None) -> str:
    """The split in words, for a protocol line."""
    how = "the first" if split_seed is None else f"drawn with seed {split_seed}:"
    return f"gallery = {how} {train_per_person} images of each person, probes = the others"
