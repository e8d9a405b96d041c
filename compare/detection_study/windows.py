"""Every feature with every classifier on one set of patches: how well each tells faces from the rest, and its cost."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from eigen2arc.classical.image.crop_windows import crop_windows
from eigen2arc.compare.report.style import COLORS, INK, PALE, RC, LineStyle
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json, atomic_write
from eigen2arc.core.image import to_grey
from eigen2arc.core.metrics.leakage import leakage
from eigen2arc.core.metrics.verification import auc, roc
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.types import Dataset, Scores

FPRS = ("1e-2", "1e-3")


@dataclass(frozen=True)
class Patches:
    """windows : (N, S, S) uint8 grey. faces, training : (N,) bool. split : how they were split, in words."""

    windows: np.ndarray
    faces: np.ndarray
    training: np.ndarray
    split: str

    def near_duplicates(self) -> float:
        """Compute the share of the test faces that have a near-duplicate among the training faces."""
        test = self.windows[self.faces & ~self.training]
        return leakage(test, self.windows[self.faces & self.training])


@dataclass(frozen=True)
class Evaluation:
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

    def metrics(self) -> Json:
        """Return what is printed and written, ready for JSON."""
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
    """Read the patches of a set labelled "face" and "non-face", split by the set: its training part and the rest.

    Without those two, with faces and others in both, each class is split in two halves: in the order of the files, or
    at random if ``split_seed`` is given. Raises UserError for another set.
    """
    if dataset.labels is None or set(dataset.people) != {"face", "non-face"}:
        raise UserError(f"{dataset.name} does not say which patch is a face: choose cbcl")
    with progress_bars() as progress:
        indices = progress.track(range(len(dataset.images)), description="read")
        windows = np.stack([_window(dataset.images[i], size_px) for i in indices])
    faces = dataset.labels == dataset.people.index("face")
    if len({*zip(dataset.training.tolist(), faces.tolist(), strict=True)}) == 4:
        return Patches(windows, faces, dataset.training, "the makers' training and test sets")
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


def evaluate_all(
    patches: Patches, features: Sequence[str], classifiers: Sequence[str], size_px: int
) -> list[Evaluation]:
    """Fit and evaluate every feature with every classifier, all with their default settings."""
    evaluations = []
    with progress_bars() as progress:
        task = progress.add_task("evaluate", total=len(features) * len(classifiers))
        for name in features:
            feature = plugins.build("feature", name, size_px=size_px)
            feature.describe(patches.windows[:2])  # what is compiled once is not timed
            x = feature.describe(patches.windows[patches.training])
            started = time.perf_counter()
            x_test = feature.describe(patches.windows[~patches.training])
            describe_s = time.perf_counter() - started
            for kind in classifiers:
                evaluations.append(_evaluate(name, kind, x, x_test, patches, describe_s))
                progress.advance(task)
    return evaluations


def _evaluate(
    feature: str, name: str, x: np.ndarray, x_test: np.ndarray, patches: Patches, describe_s: float
) -> Evaluation:
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
    return Evaluation(feature, name, scores, x.shape[1], fit_s, describe_s * us, decide_s * us)


COLUMNS = 3
WIDTH_IN, HEIGHT_IN = 3.1, 2.5

#: Every line its own dashes as well as its own colour, because curves this good lie on top of one another.
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.4), (1.6, 1.2), (6, 1.4, 1.4, 1.4))


def write_figure(path: Path, evaluations: Sequence[Evaluation], title: str, note: str) -> None:
    """Write the ROC curves as an SVG file, atomically. Both axes are logarithmic: misses over false alarms."""
    with mpl.rc_context(RC | {"figure.facecolor": "white", "svg.hashsalt": "windows"}), atomic_write(path) as file:
        _figure(evaluations, title, note).savefig(file, format="svg", metadata={"Date": None})


def _figure(evaluations: Sequence[Evaluation], title: str, note: str) -> Figure:
    features = list(dict.fromkeys(one.feature for one in evaluations))
    classifiers = list(dict.fromkeys(one.classifier for one in evaluations))
    styles = {name: LineStyle(COLORS[i], DASHES[i % len(DASHES)]).kwargs for i, name in enumerate(classifiers)}
    rows = -(-(len(features) + 1) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * WIDTH_IN, rows * HEIGHT_IN + 0.5), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    # A rate of 0 is not on a logarithmic axis: it is drawn at half the least rate that the samples can show.
    faces = evaluations[0].scores.same
    floor = 0.5 / np.count_nonzero(~faces), 0.5 / np.count_nonzero(faces)
    for panel, feature in zip(panels, features, strict=False):
        lines = [one for one in evaluations if one.feature == feature]
        for one in lines:
            fpr, tpr, _ = roc(one.scores)
            panel.plot(np.maximum(fpr, floor[0]), np.maximum(1 - tpr, floor[1]), **styles[one.classifier])
        _label_axes(panel, feature, floor)
    legend = panels[len(features)]
    for empty in panels[len(features) :]:
        empty.set_axis_off()
    handles = [mpl.lines.Line2D([], [], label=name, **styles[name]) for name in classifiers]
    legend.legend(handles=handles, loc="upper left", frameon=False, title="classifier", alignment="left")
    legend.text(0, 0.28, note, transform=legend.transAxes, va="top", color=PALE, fontsize=7.5, wrap=True)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
    return figure


def _label_axes(panel: Axes, feature: str, floor: tuple[float, float]) -> None:
    panel.set(xscale="log", yscale="log", xlim=(floor[0], 1), ylim=(floor[1], 1), title=feature)
    panel.set(xlabel="false alarms", ylabel="missed faces")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda rate, _: f"{100 * rate:g}%"))
        axis.set_minor_formatter(NullFormatter())
