"""Faces of a data set to quantize a network with: some to calibrate its ranges on, and pairs of others to test on."""

from typing import NamedTuple

import cv2
import numpy as np

from eigen2arc.compare.runner.subset import evenly
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.stages import Detector
from eigen2arc.core.types import Dataset, Faces, Trials
from eigen2arc.deep.encode.data.validation import drawn_pairs

#: Of a set that has no protocol of its own, pairs are drawn among so many images.
DRAWN_AMONG = 1000

#: Images that go to the detector together.
BATCH = 16


class CalibrationSplit(NamedTuple):
    """Indices of images, calibration (M,) and test (K,), ascending, and pairs of ``test`` by their rows in it."""

    calibration: np.ndarray
    test: np.ndarray
    trials: Trials


def choose(dataset: Dataset, calibration: int, pairs: int) -> CalibrationSplit:
    """Choose evenly spread images to calibrate on, ``calibration`` at most, and at most ``pairs`` pairs of others.

    Of a set with a training part the images are some of that, and the pairs are of the rest. Else they are some that
    the set's protocol does not need, if there are enough; otherwise any, and their pairs are left out. Pairs that are
    drawn here lie in two folds by turns. Raises UserError for a set that neither has pairs nor says who is who, or if
    nothing is left of either.
    """
    trials = dataset.trials if dataset.trials is not None else _drawn(dataset)
    everything = np.flatnonzero(dataset.training)
    unneeded = np.setdiff1d(everything, [trials.first, trials.second])
    usable = unneeded if len(unneeded) >= calibration else everything
    used = usable[evenly(len(usable), calibration)]
    learned = used if dataset.training.all() else everything
    free = np.flatnonzero(~np.isin(trials.first, learned) & ~np.isin(trials.second, learned))
    taken = free[evenly(len(free), pairs)]
    if not len(used) or not len(taken):
        raise UserError(f"{dataset.name}: {len(used)} images to calibrate on leave {len(taken)} pairs to test on")
    first, second = trials.first[taken], trials.second[taken]
    test = np.unique([first, second])
    positions = np.searchsorted(test, first), np.searchsorted(test, second)
    fold = np.arange(len(taken)) % 2 if dataset.trials is None else trials.fold[taken]
    return CalibrationSplit(used, test, Trials(*positions, trials.same[taken], fold))


def crops_of(dataset: Dataset, indices: np.ndarray, size_px: int, detector: Detector | None) -> np.ndarray:
    """Cut the faces of some images, (M, S, S, 3) uint8: found by the detector, else annotated, else whole images."""
    if detector is None and dataset.faces is None:
        side = (size_px, size_px)
        return np.stack([cv2.resize(dataset.images[n], side, interpolation=cv2.INTER_AREA) for n in indices.tolist()])
    aligner = plugins.build("aligner", "five_point", size_px=size_px)
    crops = []
    for start in range(0, len(indices), BATCH):
        batch = indices[start : start + BATCH].tolist()
        images = [dataset.images[n] for n in batch]
        found = [Faces.none()] * len(images) if detector is None else list(detector.detect(images))
        annotated = None if dataset.faces is None else [dataset.faces[n] for n in batch]
        crops.append(cut(aligner, images, locate(images, found, annotated, on_missing="annotation")[0]))
    return np.concatenate(crops)


def _drawn(dataset: Dataset) -> Trials:
    """Pairs of one person, and as many of two, among the first people's images."""
    if dataset.labels is None:
        raise UserError(f"data set {dataset.name} has no pairs and does not say who is who: nothing to test on")
    rows = np.argsort(dataset.labels, kind="stable")
    tested = dataset.training.all() | ~dataset.training[rows]
    rows = rows[(dataset.labels[rows] >= 0) & tested][:DRAWN_AMONG]
    first, second = drawn_pairs(dataset.labels[rows])
    same = dataset.labels[rows[first]] == dataset.labels[rows[second]]
    return Trials(rows[first], rows[second], same, np.zeros(len(first)))
