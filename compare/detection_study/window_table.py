"""Every feature with every classifier on one set of patches: who tells faces from the rest, and what it takes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.classical.image.crop_windows import crop_windows
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import to_grey
from eigen2arc.core.metrics.leakage import leakage
from eigen2arc.core.metrics.verification import auc, roc
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.types import Dataset, Scores

FPRS = ("1e-2", "1e-3")


@dataclass(frozen=True)
class Patches:
    """windows : (N, S, S) uint8 grey. faces, training : (N,) bool. split : how they were parted, in words."""

    windows: np.ndarray
    faces: np.ndarray
    training: np.ndarray
    split: str

    def twins(self) -> float:
        """The share of the faces to be tested that have a near-duplicate among those trained on."""
        test = self.windows[self.faces & ~self.training]
        return leakage(test, self.windows[self.faces & self.training])


@dataclass(frozen=True)
class Judged:
    """One feature with one classifier. scores : on the test windows, ``same`` for faces. fit_s : the classifier's fit.

    describe_us, decide_us : microseconds a test window.
    """

    feature: str
    classifier: str
    scores: Scores
    dimensions: int
    fit_s: float
    describe_us: float
    decide_us: float

    def figures(self) -> dict[str, Any]:
        """What is printed and written, ready for JSON."""
        fpr, tpr, _ = roc(self.scores)
        return {
            "feature": self.feature,
            "classifier": self.classifier,
            "dimensions": self.dimensions,
            "auc": auc(self.scores),
            "tpr_at_fpr": {name: float(tpr[fpr <= float(name)].max()) for name in FPRS},
            "fit_s": round(self.fit_s, 3),
            "describe_us": round(self.describe_us, 2),
            "decide_us": round(self.decide_us, 2),
        }


def read_patches(dataset: Dataset, size_px: int, split_seed: int | None) -> Patches:
    """The patches of a set labelled "face" and "non-face", parted by its own folds (0 training, 1 test) if it has both.

    Else each class is parted in two halves: in the order of the files, or at random if ``split_seed`` is given. Raises
    UserError for another set.
    """
    if dataset.labels is None or set(dataset.people) != {"face", "non-face"}:
        raise UserError(f"{dataset.name} does not say which patch is a face: choose cbcl")
    with progress_bars() as progress:
        numbers = progress.track(range(len(dataset.images)), description="read")
        windows = np.stack([_window(dataset.images[i], size_px) for i in numbers])
    faces = dataset.labels == dataset.people.index("face")
    if dataset.fold is not None and len({*zip(dataset.fold.tolist(), faces.tolist(), strict=True)}) == 4:
        return Patches(windows, faces, dataset.fold == 0, "the makers' training and test sets")
    training = np.zeros(len(faces), bool)
    for kind in (False, True):
        members = np.flatnonzero(faces == kind)
        if split_seed is not None:
            members = np.random.default_rng(split_seed).permutation(members)
        training[members[: len(members) // 2]] = True
    how = "in the order of the files" if split_seed is None else f"drawn with seed {split_seed}"
    return Patches(windows, faces, training, f"half of each class, {how}, to train and half to test")


def _window(image: np.ndarray, size_px: int) -> np.ndarray:
    box = np.array([[0, 0, image.shape[1], image.shape[0]]])
    window: np.ndarray = crop_windows(to_grey(image), box, size_px)[0]
    return window


def judge_all(patches: Patches, features: Sequence[str], classifiers: Sequence[str], size_px: int) -> list[Judged]:
    """Fit and judge every feature with every classifier, all with their default settings."""
    judged = []
    with progress_bars() as progress:
        task = progress.add_task("judge", total=len(features) * len(classifiers))
        for name in features:
            feature = plugins.build("feature", name, size_px=size_px)
            feature.describe(patches.windows[:2])  # what is compiled once is not timed
            x = feature.describe(patches.windows[patches.training])
            started = time.perf_counter()
            x_test = feature.describe(patches.windows[~patches.training])
            describe_s = time.perf_counter() - started
            for kind in classifiers:
                judged.append(_judge(name, kind, x, x_test, patches, describe_s))
                progress.advance(task)
    return judged


def _judge(feature: str, name: str, x: np.ndarray, x_test: np.ndarray, patches: Patches, describe_s: float) -> Judged:
    classifier = plugins.build("classifier", name)
    started = time.perf_counter()
    classifier.fit(x, patches.faces[patches.training])
    fit_s = time.perf_counter() - started
    classifier.decide(x_test[:2])
    started = time.perf_counter()
    decisions = classifier.decide(x_test)
    decide_s = time.perf_counter() - started
    scores = Scores(decisions, patches.faces[~patches.training], np.zeros(len(x_test)))
    us = 1e6 / len(x_test)
    return Judged(feature, name, scores, x.shape[1], fit_s, describe_s * us, decide_s * us)
