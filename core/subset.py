"""Subsets of a data set: some of its images, with all that is known of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .artefacts import digest
from .types import Dataset, Images, Trials


class Subset:
    """Some images of a set, by index; implements core.types.Images."""

    def __init__(self, images: Images, indices: np.ndarray) -> None:
        self._images = images
        self._indices = indices
        self.names: Sequence[str] = [images.names[i] for i in indices]

    @property
    def version(self) -> str:
        return digest(self._images.version, self._indices.tolist())

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> np.ndarray:
        return self._images[int(self._indices[index])]

    def origin(self, index: int) -> tuple[Images, int]:
        """Return the images that this one is from, and its index among them."""
        return self._images, int(self._indices[index])


def origin(images: Images, index: int) -> tuple[Images, int]:
    """Find the images that one of a subset, or of a cache, is read or drawn from, and its index among them."""
    while hasattr(images, "origin"):
        images, index = images.origin(index)
    return images, index


def select(dataset: Dataset, indices: np.ndarray, trials: Trials | None, splits: np.ndarray | None) -> Dataset:
    """Select images (M,) int64 of a set; people keep their numbers.

    trials, splits : those of the subset, in its own numbers.
    """
    return replace(
        dataset,
        images=Subset(dataset.images, indices),
        labels=None if dataset.labels is None else dataset.labels[indices],
        faces=None if dataset.faces is None else tuple(dataset.faces[i] for i in indices),
        trials=trials,
        fold=None if dataset.fold is None else dataset.fold[indices],
        splits=splits,
        factors={name: values[indices] for name, values in dataset.factors.items()},
        groups={name: tuple(groups[i] for i in indices) for name, groups in dataset.groups.items()},
    )


def training_part(dataset: Dataset) -> Dataset:
    """Return what may be learned from a set, Dataset.training: the set itself where that is all of it.

    Whatever is fitted, calibrated or cleaned begins here, so that nothing is ever learned from what a set keeps for its
    test.
    """
    chosen = np.flatnonzero(dataset.training)
    if len(chosen) == len(dataset.images):
        return dataset
    part = f"the training part, {len(chosen):,} of {len(dataset.images):,} images"
    protocol = "; ".join(filter(None, (dataset.protocol, part)))
    return replace(select(dataset, chosen, trials=None, splits=None), protocol=protocol)
