"""Training a window classifier, in the order in which it runs: faces, negatives, harder ones in rounds, calibration.

R-CNN learns a regression after that, of the proposals near a face to the face.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np
from sklearn.model_selection import StratifiedKFold

from eigen2arc.core import plugins
from eigen2arc.core.bounds import Count, Ge, Le, Seed, check_settings
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.image import to_grey
from eigen2arc.core.progress import progress_bars

from .box_regression import BoxRegression, fit_box_regression, targets
from .hard_negatives import NegativeWindows, Proposal
from .model import Classifier, WindowModel, crop_boxes, decisions
from .platt import Sigmoid, fit_platt
from .samples import AnnotatedImages, Samples

#: How far a jittered box moves, and grows, at most, as a share of its side: what a proposal that means the face misses.
JITTER = 0.08

#: Three, as Platt takes: the sigmoid is fitted on decisions of classifiers that saw two thirds of the samples.
FOLDS = 3

#: A proposal that overlaps a face by more than this is near enough to learn from: R. Girshick et al., CVPR 2014,
#: appendix C.
MIN_IOU = 0.6

#: From a grey image (H, W) uint8 and boxes (N, 4) to windows (N, S, S) uint8.
Crop = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class WindowTraining:
    """Settings. feature, classifier : plug-ins, with their settings. rounds : of searching for hard negatives.

    first_negatives : random windows for the first classifier. hard_each : negatives that a round takes from each
    image, at most. windows_each : windows of an image that are classified. copies : boxes for each face, of which all
    but the first are jittered; each is mirrored, too. context_px : see WindowModel. seed : of everything that is drawn.
    """

    feature: str = "hog"
    classifier: str = "linear_svm"
    feature_settings: Mapping[str, Any] = field(default_factory=dict)
    classifier_settings: Mapping[str, Any] = field(default_factory=dict)
    rounds: Annotated[int, Ge(0), Le(100)] = 2
    first_negatives: Annotated[int, Ge(0), Le(10_000_000)] = 3000
    hard_each: Count = 5
    windows_each: Count = 2000
    copies: Annotated[int, Ge(1), Le(1000)] = 2
    context_px: Annotated[float, Ge(0)] = 0.0
    seed: Seed = 0

    def __post_init__(self) -> None:
        check_settings(vars(self), WindowTraining, "training")


@dataclass(frozen=True)
class Round:
    """A round of training: the windows its classifier was fitted on, and the time; the last is calibrated, too."""

    number: int
    faces: int
    negatives: int
    fit_s: float


def train_windows(
    training: WindowTraining, samples: Samples, proposal: Proposal, report: Callable[[Round], None]
) -> WindowModel:
    """Learn to tell the faces in ``samples`` from everything else that ``proposal`` finds in the searched images.

    report : is called with every round. The descriptors of all windows are held in memory, 4 D bytes each. Raises
    UserError for settings that do not go together, and for too few samples.
    """
    feature = plugins.build("feature", training.feature, **training.feature_settings)
    if not 2 * training.context_px < feature.size_px:
        raise UserError(f"context_px: {training.context_px:g} on both sides leave nothing of {feature.size_px}")

    def make() -> Classifier:
        classifier: Classifier = plugins.build("classifier", training.classifier, **training.classifier_settings)
        return classifier

    def crop(grey: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        return crop_boxes(grey, boxes, training.context_px, feature.size_px)

    rng = np.random.default_rng(training.seed)
    positives = face_windows(samples.faces, crop, training.copies, rng)
    pool = NegativeWindows(samples.searched, proposal, training.windows_each, crop)
    patches = [crop(to_grey(image), boxes) for _, image, boxes in samples.patches]
    negatives = np.concatenate([*patches, pool.random(training.first_negatives, rng)])
    if min(len(positives), len(negatives)) < FOLDS:
        raise UserError(f"training needs faces and others, got {len(positives)} windows and {len(negatives)}")

    x = np.concatenate([feature.describe(positives), feature.describe(negatives)])
    rounds = training.rounds if len(samples.searched.boxes) else 0
    for number in range(rounds):
        started = time.perf_counter()
        classifier = make().fit(x, np.arange(len(x)) < len(positives))
        report(Round(number, len(positives), len(x) - len(positives), round(time.perf_counter() - started, 3)))

        def decide(windows: np.ndarray, classifier: Classifier = classifier) -> np.ndarray:
            return decisions(feature, classifier, windows)

        x = np.concatenate([x, feature.describe(pool.hardest(training.hard_each, decide))])

    started = time.perf_counter()
    classifier, sigmoid = fit_calibrated(make, x, np.arange(len(x)) < len(positives), training.seed)
    report(Round(rounds, len(positives), len(x) - len(positives), round(time.perf_counter() - started, 3)))
    return WindowModel(training.feature, feature, training.classifier, classifier, sigmoid, training.context_px)


def train_rcnn(
    training: WindowTraining, samples: Samples, proposal: Proposal, report: Callable[[Round], None]
) -> WindowModel:
    """Train R-CNN. samples.faces : images with annotated faces. See train_windows for the rest."""
    model = train_windows(training, samples, proposal, report)
    return replace(model, boxes=train_boxes(model, samples.faces, proposal))


def face_windows(faces: AnnotatedImages, crop: Crop, copies: int, rng: np.random.Generator) -> np.ndarray:
    """Crop the windows (P, S, S) uint8 of all faces: as annotated, jittered ``copies`` - 1 times, all that mirrored."""
    windows = [crop(np.zeros((1, 1), np.uint8), np.zeros((0, 4)))]
    with progress_bars() as progress:
        for _, image, boxes in progress.track(faces, total=len(faces.boxes), description="faces"):
            several = np.concatenate([boxes, *(jitter(boxes, rng) for _ in range(copies - 1))])
            windows.append(crop(to_grey(image), several))
    upright = np.concatenate(windows)
    return np.concatenate([upright, upright[:, :, ::-1]])


def jitter(boxes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move boxes (F, 4) by up to JITTER of their sides each, and grow or shrink them by up to twice that."""
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = boxes[:, :2] + sides / 2 + sides * rng.uniform(-JITTER, JITTER, sides.shape)
    half = sides / 2 * rng.uniform(1 - 2 * JITTER, 1 + 2 * JITTER, (len(boxes), 1))
    return np.concatenate([centres - half, centres + half], axis=1)


def fit_calibrated(
    make: Callable[[], Classifier], x: np.ndarray, faces: np.ndarray, seed: int
) -> tuple[Classifier, Sigmoid]:
    """Fit a classifier on all of x (N, D) float32, faces (N,) bool, and the sigmoid for its decision values.

    The sigmoid is fitted on held-out folds (J. Platt 1999, section 2.1): on the samples that it was fitted on, a
    classifier is surer than it should be. make : gives a new classifier each time. Raises ValueError for fewer than
    FOLDS samples of a class.
    """
    held_out = np.empty(len(x))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, hidden in folds.split(x, faces):
        held_out[hidden] = make().fit(x[seen], faces[seen]).decide(x[hidden])
    return make().fit(x, faces), fit_platt(held_out, faces)


def train_boxes(model: WindowModel, faces: AnnotatedImages, proposal: Proposal) -> BoxRegression | None:
    """Learn from every proposal that overlaps its nearest face by more than MIN_IOU; None if there is none."""
    x, t = [], []
    with progress_bars() as progress:
        for _, image, truth in progress.track(faces, total=len(faces.boxes), description="boxes"):
            if len(truth) == 0:
                continue
            proposals = proposal.propose(image)
            overlap = iou(proposals, truth)
            near = overlap.max(axis=1) > MIN_IOU
            x.append(model.feature.describe(model.crop(to_grey(image), proposals[near])))
            t.append(targets(proposals[near], truth[overlap[near].argmax(axis=1)]))
    if not sum(map(len, t)):
        return None
    return fit_box_regression(np.concatenate(x), np.concatenate(t))
