"""Detection on a whole set: what was found, which of it is right, and all metrics that the set's rules ask for."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics import average_precision, detection, fddb
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.protocols.detection_set import DetectionSet
from eigen2arc.datasets.readers.fddb import REGIONS

from .system_runner import SystemRunner

#: The test scale of a detector without the attribute ``test_scale``, which says how an image is resized before it is
#: searched ("longer side 1024 px"). It changes a metric as much as the detector does, so it is given with each.
AS_THEY_ARE = "images as they are"


@dataclass(frozen=True)
class MatchedDetections:
    """One image's detections, matched with its annotated faces, in the detector's order.

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


def detect(runner: SystemRunner, dataset: Dataset) -> list[MatchedDetections]:
    """Detect the faces of every image and match them with the annotated ones."""
    if dataset.faces is None:
        raise UserError(f"{dataset.name} has no annotated faces: choose another set for [detection]")
    found, seconds = runner.stages.faces(dataset, runner.detector)
    runner.clock.add("detect", dataset.images.version, seconds, len(found))
    return [_match(dataset, i, faces) for i, faces in enumerate(found)]


def _match(dataset: Dataset, index: int, found: Faces) -> MatchedDetections:
    assert dataset.faces is not None
    truth = dataset.faces[index]
    counted = truth.scores > 0
    overlaps = _overlaps(dataset, index, found)
    hits = detection.match_overlaps(overlaps[:, counted], found.scores)
    ignored = ~hits & (overlaps[:, ~counted] > 0.5).any(axis=1)
    ellipses = isinstance(dataset, DetectionSet) and bool(dataset.ellipses)
    return MatchedDetections(found, hits, ignored, fddb.gains(overlaps[:, counted], found.scores) if ellipses else None)


def _overlaps(dataset: Dataset, index: int, found: Faces) -> np.ndarray:
    """(N, T) with all annotated faces of an image, by the rules of its set."""
    assert dataset.faces is not None
    # An image that cannot be read has no detections, and is not asked for its size.
    if not isinstance(dataset, DetectionSet) or dataset.region == "bounding_box" or len(found) == 0:
        return detection.box_overlaps(found, dataset.faces[index].boxes)
    ellipses = dataset.ellipses[dataset.images.names[index]]
    height, width = dataset.images[index].shape[:2]
    return fddb.region_overlaps(found.boxes, ellipses, height, width, dataset.region)


def summary(matched: list[MatchedDetections], dataset: Dataset, scale: str) -> dict[str, Any]:
    """Compute all metrics of one system, ready for JSON: those of metrics.detection.summary, and the following.

    test_scale, regions : the rules they were taken by. continuous_recall_at_fp : only where faces are ellipses.
    average_precision : by subset, only where there are subsets.
    """
    assert dataset.faces is not None
    wanted = ~np.concatenate([one.ignored for one in matched])
    hits = np.concatenate([one.hits for one in matched])[wanted]
    scores = np.concatenate([one.faces.scores for one in matched])[wanted]
    faces = sum(len(truth.counted) for truth in dataset.faces)
    made = detection.summary(hits, scores, faces=faces, images=len(matched), protocol=dataset.protocol)
    made |= {"test_scale": scale, "regions": "boxes"}
    if isinstance(dataset, DetectionSet) and dataset.ellipses:
        gains = np.concatenate([one.gains for one in matched if one.gains is not None])[wanted]
        made["regions"] = REGIONS[dataset.region]
        made["continuous_recall_at_fp"] = detection.recall_table(*detection.continuous_roc(hits, gains, scores, faces))
    if isinstance(dataset, DetectionSet) and dataset.subsets:
        subsets = {subset: [masks[name] for name in dataset.images.names] for subset, masks in dataset.subsets.items()}
        truth_boxes = [truth.boxes for truth in dataset.faces]
        made["average_precision"] = average_precision.by_subset([one.faces for one in matched], truth_boxes, subsets)
    return made
