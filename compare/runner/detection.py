"""Detection on a whole set: what was found, which of it is right, and all figures that the set's rules ask for."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics import average_precision, detection, fddb
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.protocols.detection_set import DetectionSet
from eigen2arc.datasets.readers.fddb import REGIONS

from .verification import Runner

#: What a detector looks at that has no attribute ``test_scale``, the words for what it makes of an image before it
#: looks ("longer side 1024 px"). It moves a figure as much as the detector does, so it stands beside every one.
AS_THEY_ARE = "images as they are"


@dataclass(frozen=True)
class Judged:
    """One image's detections, in the detector's order.

    hits : (N,) bool. ignored : (N,) bool, no hit, and on a face that is to be ignored. gains : (N,) float64, what each
    adds to FDDB's continuous score; None where the set's faces are no ellipses.
    """

    faces: Faces
    hits: np.ndarray
    ignored: np.ndarray
    gains: np.ndarray | None

    @property
    def outcome(self) -> np.ndarray:
        """(N,) int64: 1 a hit, 0 a false alarm, -1 neither."""
        return np.where(self.hits, 1, np.where(self.ignored, -1, 0))


def detect(runner: Runner, dataset: Dataset) -> list[Judged]:
    """Find and judge the faces of every image."""
    if dataset.faces is None:
        raise UserError(f"{dataset.name} has no annotated faces: choose another set for [detection]")
    found, seconds = runner.bench.faces(dataset, runner.detector)
    runner.clock.add("detect", dataset.images.version, seconds, len(found))
    return [_judge(dataset, number, faces) for number, faces in enumerate(found)]


def _judge(dataset: Dataset, number: int, found: Faces) -> Judged:
    assert dataset.faces is not None
    truth = dataset.faces[number]
    counted = truth.scores > 0
    overlaps = _overlaps(dataset, number, found)
    hits = detection.match_overlaps(overlaps[:, counted], found.scores)
    ignored = ~hits & (overlaps[:, ~counted] > 0.5).any(axis=1)
    ellipses = isinstance(dataset, DetectionSet) and bool(dataset.ellipses)
    return Judged(found, hits, ignored, fddb.gains(overlaps[:, counted], found.scores) if ellipses else None)


def _overlaps(dataset: Dataset, number: int, found: Faces) -> np.ndarray:
    """(N, T) with all annotated faces of an image, by the rules of its set."""
    assert dataset.faces is not None
    # An image that cannot be read has no detections, and is not asked for its size.
    if not isinstance(dataset, DetectionSet) or dataset.region == "bounding_box" or len(found) == 0:
        return detection.box_overlaps(found, dataset.faces[number].boxes)
    ellipses = dataset.ellipses[dataset.images.names[number]]
    height, width = dataset.images[number].shape[:2]
    return fddb.region_overlaps(found.boxes, ellipses, height, width, dataset.region)


def scale_of(runner: Runner) -> str:
    """What the detector makes of an image before it looks. Kept, so that a rerun need not load it."""
    part = runner.detector

    def make() -> dict[str, np.ndarray]:
        return {"test_scale": np.array(getattr(part.built, "test_scale", AS_THEY_ARE))}

    return str(runner.bench.store.arrays(f"scale-{part.key}", make)["test_scale"])


def figures(judged: list[Judged], dataset: Dataset, scale: str) -> dict[str, Any]:
    """All figures of one system, ready for JSON: see metrics.detection.summary, and

    test_scale, regions : under what rules they were taken. continuous_recall_at_fp : only where faces are ellipses.
    average_precision : by subset, only where there are subsets.
    """
    assert dataset.faces is not None
    wanted = ~np.concatenate([one.ignored for one in judged])
    hits = np.concatenate([one.hits for one in judged])[wanted]
    scores = np.concatenate([one.faces.scores for one in judged])[wanted]
    faces = sum(len(truth.counted) for truth in dataset.faces)
    made = detection.summary(hits, scores, faces=faces, images=len(judged), protocol=dataset.protocol)
    made |= {"test_scale": scale, "regions": "boxes"}
    if isinstance(dataset, DetectionSet) and dataset.ellipses:
        gains = np.concatenate([one.gains for one in judged if one.gains is not None])[wanted]
        made["regions"] = REGIONS[dataset.region]
        made["continuous_recall_at_fp"] = detection.table(*detection.continuous_roc(hits, gains, scores, faces))
    if isinstance(dataset, DetectionSet) and dataset.subsets:
        subsets = {part: [masks[name] for name in dataset.images.names] for part, masks in dataset.subsets.items()}
        truth_boxes = [truth.boxes for truth in dataset.faces]
        made["average_precision"] = average_precision.by_subset([one.faces for one in judged], truth_boxes, subsets)
    return made
