"""Faces of a data set to quantise a network by: some to read its ranges from, and pairs of others to judge it by."""

from typing import NamedTuple

import cv2
import numpy as np

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.stages import Detector
from eigen2arc.core.types import Dataset, Faces, Trials
from eigen2arc.deep.encode.data.verification import drawn_pairs

#: Of a set that has no protocol of its own, pairs are drawn among so many images.
DRAWN_AMONG = 1000

#: Images that go to the detector together.
BATCH = 16


class Chosen(NamedTuple):
    """Numbers of images, calibration (M,) and judged (K,), ascending, and pairs of the judged, by their place there."""

    calibration: np.ndarray
    judged: np.ndarray
    trials: Trials


def choose(dataset: Dataset, calibration: int, pairs: int) -> Chosen:
    """Evenly spread images to calibrate on, ``calibration`` at most, and ``pairs`` at most that have none of them.

    The images are some that the set's protocol does not need, if there are enough; otherwise any, and their pairs are
    left out. Pairs that are drawn here lie in two folds by turns. Raises UserError for a set that neither has pairs nor
    says who is who, or if nothing is left of either.
    """
    trials = dataset.trials if dataset.trials is not None else _drawn(dataset)
    numbers = np.arange(len(dataset.images))
    unneeded = np.setdiff1d(numbers, [trials.first, trials.second])
    used = _evenly(unneeded if len(unneeded) >= calibration else numbers, calibration)
    free = np.flatnonzero(~np.isin(trials.first, used) & ~np.isin(trials.second, used))
    kept = _evenly(free, pairs)
    if not len(used) or not len(kept):
        raise UserError(f"{dataset.name}: {len(used)} images to calibrate on leave {len(kept)} pairs to judge by")
    first, second = trials.first[kept], trials.second[kept]
    judged = np.unique([first, second])
    places = np.searchsorted(judged, first), np.searchsorted(judged, second)
    fold = np.arange(len(kept)) % 2 if dataset.trials is None else trials.fold[kept]
    return Chosen(used, judged, Trials(*places, trials.same[kept], fold))


def crops_of(dataset: Dataset, numbers: np.ndarray, size_px: int, detector: Detector | None) -> np.ndarray:
    """The faces of some images, (M, S, S, 3) uint8: found by the detector, or else annotated, or else whole images."""
    if detector is None and dataset.faces is None:
        side = (size_px, size_px)
        return np.stack([cv2.resize(dataset.images[n], side, interpolation=cv2.INTER_AREA) for n in numbers.tolist()])
    aligner = plugins.build("aligner", "five_point", size_px=size_px)
    parts = []
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH].tolist()
        images = [dataset.images[n] for n in batch]
        found = [Faces.none()] * len(images) if detector is None else list(detector.detect(images))
        annotated = None if dataset.faces is None else [dataset.faces[n] for n in batch]
        parts.append(cut(aligner, images, locate(images, found, annotated)[0]))
    return np.concatenate(parts)


def _drawn(dataset: Dataset) -> Trials:
    """Pairs of one person, and as many of two, among the first people's images."""
    if dataset.labels is None:
        raise UserError(f"data set {dataset.name} has no pairs and does not say who is who: nothing to judge by")
    rows = np.argsort(dataset.labels, kind="stable")
    rows = rows[dataset.labels[rows] >= 0][:DRAWN_AMONG]
    first, second = drawn_pairs(dataset.labels[rows])
    same = dataset.labels[rows[first]] == dataset.labels[rows[second]]
    return Trials(rows[first], rows[second], same, np.zeros(len(first)))


def _evenly(numbers: np.ndarray, most: int) -> np.ndarray:
    return numbers[np.unique(np.linspace(0, len(numbers) - 1, min(len(numbers), most)).astype(np.int64))]
