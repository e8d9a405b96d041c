"""Subsets of a data set, and images cached in memory while several systems use them."""

from dataclasses import replace

import numpy as np

from eigen2arc.core.subset import select
from eigen2arc.core.types import GALLERY, PROBE, Dataset, Images, Trials


class CachedImages:
    """Images that are read, or drawn, once while they fit the budget; implements core.types.Images."""

    def __init__(self, images: Images, budget_bytes: int = 512 << 20) -> None:
        self._images = images
        self._left_bytes = budget_bytes
        self._cached: dict[int, np.ndarray] = {}
        self.names = images.names

    @property
    def version(self) -> str:
        return self._images.version

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> np.ndarray:
        if index in self._cached:
            return self._cached[index]
        image = self._images[index]
        if image.nbytes <= self._left_bytes:
            self._left_bytes -= image.nbytes
            self._cached[index] = image
        return image


def limit(dataset: Dataset, most: int, task: str) -> Dataset:
    """Limit a set to about ``most`` pairs for verification and factors, else images, evenly spread over the whole set.

    Even spacing keeps folds, and pairs of the same and of different people, in their proportions. To identify, and to
    fit, whole people are taken, so that every probe keeps its gallery, and as many images of unknown people.
    """
    trials = None
    if task in ("verification", "factors") and dataset.trials is not None:
        trials = _pairs(dataset.trials, evenly(len(dataset.trials), most))
        chosen = np.unique(np.concatenate([trials.first, trials.second]))
        where = np.searchsorted(chosen, trials.first), np.searchsorted(chosen, trials.second)
        trials = Trials(*where, trials.same, trials.fold)
    elif task != "detection" and dataset.labels is not None and (dataset.labels >= 0).any():
        images_of = np.bincount(dataset.labels[dataset.labels >= 0])
        people = evenly(len(images_of), max(2, int(most / max(1.0, images_of.mean()))))
        strangers = np.flatnonzero(dataset.labels < 0)
        strangers = strangers[evenly(len(strangers), most)]
        chosen = np.sort(np.concatenate([np.flatnonzero(np.isin(dataset.labels, people)), strangers]))
    else:
        chosen = evenly(len(dataset.images), most)
    splits = None if dataset.splits is None else _rounds(dataset.splits[:, chosen])
    notes = (*dataset.notes, f"limited to {len(chosen)} of {len(dataset.images)} images")
    return replace(select(dataset, chosen, trials, splits), notes=notes)


def _rounds(splits: np.ndarray) -> np.ndarray | None:
    """Those rounds that still have a probe and a gallery; None if there is none."""
    left = splits[(splits == PROBE).any(axis=1) & (splits == GALLERY).any(axis=1)]
    return left if len(left) else None


def evenly(length: int, most: int) -> np.ndarray:
    """Choose ``most`` indices from 0 to length - 1, evenly spread and ascending; all of them where there are fewer."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).astype(np.int64))


def _pairs(trials: Trials, chosen: np.ndarray) -> Trials:
    return Trials(trials.first[chosen], trials.second[chosen], trials.same[chosen], trials.fold[chosen])
