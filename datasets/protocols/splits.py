"""Splitting each person's images into a gallery and probes, for closed-set identification."""

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, UNUSED


def gallery_split(labels: np.ndarray, *, train_per_person: int, split_seed: int | tuple[int, int] | None) -> np.ndarray:
    """Split each person's images: (N,) int64, GALLERY for ``train_per_person`` of them, PROBE for the rest.

    labels : (N,) int64. split_seed : None takes each person's first images, a number draws them at random with it.
    Raises UserError where a person has no image left to be a probe.
    """
    rng = None if split_seed is None else np.random.default_rng(split_seed)
    fold = np.full(len(labels), PROBE, np.int64)
    people, first = np.unique(np.sort(labels), return_index=True)
    for person, images in zip(people, np.split(np.argsort(labels, kind="stable"), first[1:]), strict=True):
        if train_per_person >= len(images):
            raise UserError(
                f"train_per_person={train_per_person}: expected 1 to {len(images) - 1}, "
                f"because person number {person} has {len(images)} images"
            )
        if rng is not None:
            images = rng.permutation(images)
        fold[images[:train_per_person]] = GALLERY
    return fold


def random_splits(labels: np.ndarray, *, rounds: int, train_per_person: int, split_seed: int) -> np.ndarray:
    """Draw ``rounds`` gallery splits independently of each other: (rounds, N) int64 for Dataset.splits.

    Round r depends on ``split_seed`` and r alone: more rounds are the same ones and others. Raises UserError.
    """
    seeds = ((split_seed, round_) for round_ in range(rounds))
    return np.stack([gallery_split(labels, train_per_person=train_per_person, split_seed=seed) for seed in seeds])


def leave_one_out(labels: np.ndarray, content: np.ndarray | None = None) -> np.ndarray:
    """Make leave-one-out rounds, (N, N) int64 for Dataset.splits.

    In round r image r is the probe and all others are the gallery.
    content : (N,) of what equals for images that are copies of each other; then the probe's copies are left out of its
    round. Raises UserError where a person has no other image that the probe could be recognised by.
    """
    n = len(labels)
    splits = np.full((n, n), GALLERY, np.int64)
    if content is not None:
        splits[content[:, None] == content] = UNUSED
    np.fill_diagonal(splits, PROBE)
    others = ((splits == GALLERY) & (labels[:, None] == labels)).any(axis=1)
    if not others.all():
        person = labels[np.argmin(others)]
        raise UserError(f"leave-one-out: person number {person} has no other image to be recognised by")
    return splits


def half_split(labels: np.ndarray) -> np.ndarray:
    """Split each person's images in halves: (N,) int64, GALLERY for the first, PROBE for the second.

    labels : (N,) int64. Of an odd number the gallery has one more, so that somebody with a single image is enrolled.
    Raises UserError where nobody has two images.
    """
    fold = np.full(len(labels), GALLERY, np.int64)
    for person in np.unique(labels):
        images = np.flatnonzero(labels == person)
        fold[images[(len(images) + 1) // 2 :]] = PROBE
    if not (fold == PROBE).any():
        raise UserError("nobody has two images, one to be enrolled and one to be looked up")
    return fold


def describe_split(*, train_per_person: int, split_seed: int | None) -> str:
    """Describe the split in words, for a protocol line."""
    how = "the first" if split_seed is None else f"drawn with seed {split_seed}:"
    return f"gallery = {how} {train_per_person} images of each person, probes = the others"
