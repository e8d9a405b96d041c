"""Subsets of a data set, and images cached in memory while several systems use them."""

from dataclasses import replace

import numpy as np

from eigen2arc.core.subset import select
from eigen2arc.core.types import PROBE, UNUSED, Dataset, Images, Trials
from eigen2arc.datasets.protocols.splits import half_split


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

    def origin(self, index: int) -> tuple[Images, int]:
        """Return the images that are cached, and the index among them."""
        return self._images, index


def limit(dataset: Dataset, most: int, task: str, *, learned_from: bool) -> Dataset:
    """Limit what is tested of a set to about ``most`` pairs, probes or images, evenly spread over the whole set.

    Even spacing keeps folds, and pairs of the same and of different people, in their proportions. What is learned from
    is not limited: a gallery stays whole, and so do the images where systems learn from the set itself
    (``learned_from``); else those that no test needs are left out. Of a set with distractors whole people are taken,
    and as many strangers.
    """
    trials = dataset.trials
    rounds = gallery_rounds(dataset) if task == "identification" else None
    if task in ("verification", "factors") and trials is not None:
        trials = trials[evenly(len(trials), most)]
        if learned_from:
            return replace(dataset, trials=trials)
        chosen = np.unique(np.concatenate([trials.first, trials.second]))
        where = np.searchsorted(chosen, trials.first), np.searchsorted(chosen, trials.second)
        return select(dataset, chosen, Trials(*where, trials.same, trials.fold), None)
    if rounds is not None:
        rounds = _fewer_probes(rounds, most)
        chosen = np.flatnonzero((rounds != UNUSED).any(axis=0))
        return select(dataset, chosen, None, rounds[:, chosen])
    if task == "identification" and dataset.labels is not None and (dataset.labels >= 0).any():
        images_of = np.bincount(dataset.labels[dataset.labels >= 0])
        people = evenly(len(images_of), max(2, int(most / max(1.0, images_of.mean()))))
        strangers = np.flatnonzero(dataset.labels < 0)
        strangers = strangers[evenly(len(strangers), most)]
        known = np.flatnonzero(np.isin(dataset.labels, people))
        return select(dataset, np.sort(np.concatenate([known, strangers])), None, None)
    return select(dataset, evenly(len(dataset.images), most), None, None)


def gallery_rounds(dataset: Dataset) -> np.ndarray | None:
    """Return the rounds (R, N) in which a set's probes are looked up in its gallery, see Dataset.splits; None for none.

    Without splits images of fold 0 are the gallery, and those of fold 1 the probes. A set that says who everybody is,
    but has neither, gets one round: the first half of each person's images is enrolled, the others are looked up.
    """
    if dataset.splits is not None:
        return dataset.splits
    if dataset.fold is not None:
        return dataset.fold[None]
    if dataset.labels is None or not len(dataset.labels) or (dataset.labels < 0).any():
        return None
    return half_split(dataset.labels)[None]


def _fewer_probes(rounds: np.ndarray, most: int) -> np.ndarray:
    """About ``most`` of all probes, evenly spread over the rounds; those rounds that still have one."""
    rounds = rounds.copy()
    looked_up = np.flatnonzero(rounds == PROBE)
    rounds.ravel()[np.setdiff1d(looked_up, looked_up[evenly(len(looked_up), most)])] = UNUSED
    left: np.ndarray = rounds[(rounds == PROBE).any(axis=1)]
    return left


def evenly(length: int, most: int) -> np.ndarray:
    """Choose ``most`` indices from 0 to length - 1, evenly spread and ascending; all of them where there are fewer."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).astype(np.int64))
