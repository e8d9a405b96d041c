"""Boosted channel features: gradients and grey values summed over cells, and one long sum of trees (ACF, TPAMI 2014).

Source: P. Dollár, R. Appel, S. Belongie, P. Perona, "Fast Feature Pyramids for Object Detection"; for faces: B. Yang,
J. Yan, Z. Lei, S. Z. Li, "Aggregate Channel Features for Multi-view Face Detection", IJCB 2014.

A detector that scans densely finds a face in many windows; they become one box and one score. Greedy suppression by the
share of the smaller box, as in P. Dollár's toolbox (bbNms, "max" and "min"), so that a part of a face inside a face
goes, too. What one box loses, the kept one gains: it moves to the mean of the windows that agree with it, and their
scores add up, because a false alarm has few that do.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from eigen2arc.classical.detect.channels.engine.channel_cascade import ChannelCascade, load_channel_cascade
from eigen2arc.classical.detect.channels.engine.window_features import FACE_HEIGHT, boxes_in
from eigen2arc.classical.detect.landmarks.face_landmarks import FaceLandmarks, read_landmarks
from eigen2arc.core.bounds import Ge
from eigen2arc.core.checks import check_image
from eigen2arc.core.image import to_grey
from eigen2arc.core.types import Faces

#: A window that shares this much of the smaller of both with a better one is dropped.
OVERLAP = 0.6

#: Windows whose intersection is more than this share of their union with the best one show the same face.
AGREE = 0.5

#: More windows than this in one image are cut off, the worst first: memory and time grow with their number.
MOST_WINDOWS = 20_000


class ChannelFeatures:
    """Faces, upright and more or less frontal. A score is the sum of those of all windows that agree."""

    def __init__(
        self,
        cascade: ChannelCascade,
        landmarks: FaceLandmarks | None,
        extent: str,
        min_size_px: int,
        least_score: float,
    ) -> None:
        self.cascade = cascade
        self.landmarks = landmarks
        self.extent = extent
        self.min_size_px = min_size_px
        self.least_score = least_score

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces in uint8 RGB images: one Faces each, best first."""
        for i, image in enumerate(images):
            check_image(image, f"images[{i}]")
        return [self._detect(image) for image in images]

    def _detect(self, image: np.ndarray) -> Faces:
        grey = to_grey(image)
        windows, scores = merge_windows(*self.cascade.windows(grey, self.min_size_px / FACE_HEIGHT))
        enough = scores >= self.least_score
        windows, scores = windows[enough], scores[enough]
        points = None
        if self.landmarks is not None:
            points = self.landmarks.locate_points(grey, boxes_in(windows, "face"))
        return Faces(boxes_in(windows, self.extent), scores, points)


def merge_windows(windows: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge windows (N, 4) x1 y1 x2 y2 with scores (N,) above 0 into boxes (M, 4) and sums (M,), best first."""
    order = np.argsort(-scores, kind="stable")[:MOST_WINDOWS]
    boxes, sums = [np.zeros((0, 4))], [0.0]
    while len(order):
        best, others = windows[order[0]], windows[order]
        shared, smaller, union = _overlaps(best, others)
        agree = order[shared > AGREE * union]
        weights = scores[agree].astype(np.float64)
        boxes.append(np.average(windows[agree], axis=0, weights=weights)[None])
        sums.append(float(weights.sum()))
        order = order[shared <= OVERLAP * smaller]
    ranked = np.argsort(-np.array(sums[1:]), kind="stable")
    return np.concatenate(boxes)[ranked], np.array(sums[1:])[ranked]


def _overlaps(one: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the area a box (4,) shares with each of others (N, 4), that of the smaller, and that of the union."""
    sides = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    shared = np.prod(np.clip(sides, 0, None), axis=1)
    area, areas = np.prod(one[2:] - one[:2]), np.prod(others[:, 2:] - others[:, :2], axis=1)
    return shared, np.minimum(area, areas), area + areas - shared


def build(
    *,
    model: str | Path = "faces",
    landmarks: str | Path = "synthetic",
    extent: Literal["face", "head"] = "face",
    min_size_px: Annotated[int, Ge(8)] = 20,
    least_score: Annotated[float, Ge(0)] = 0.0,
) -> ChannelFeatures:
    """Build the detector of boosted channel features.

    model : a file of `eigen2arc classical train channels`, or "faces", the one that comes with the project. landmarks :
    what finds the five points in a face, a file of `classical train landmarks`, or "synthetic", the shipped model; ""
    looks for none. extent : what a box holds, the face (forehead to chin) or the head (crown to chin, as FDDB is
    annotated). min_size_px : height of the smallest face, forehead to chin. least_score : of a face that is returned; a
    score is the sum of the scores of all windows that agree on a face, above 0. Raises UserError for a file that cannot
    be used.
    """
    points = read_landmarks(landmarks) if landmarks else None
    return ChannelFeatures(load_channel_cascade(model), points, extent, min_size_px, least_score)
