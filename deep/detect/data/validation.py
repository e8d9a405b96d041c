"""How well a detector finds faces, while it is being trained."""

from collections.abc import Sequence

import numpy as np

from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Faces

#: A detection finds a face that it overlaps by more than this.
LEAST_IOU = 0.5


def recall_at_one_false_positive(found: Sequence[Faces], truth: Sequence[Faces]) -> tuple[float, int]:
    """Compute the share of faces found with as many false positives as there are images, and count the faces.

    found, truth : one Faces an image. Returns the share, 0..1, and the number of faces. A true face with a score of 0
    is to be ignored: it counts neither as found nor as missed, and a detection of it is no false positive.
    """
    scores, hits = [np.zeros(0)], [np.zeros(0, bool)]
    for detected, true in zip(found, truth, strict=True):
        hit, counted = match_detections(detected, true)
        scores.append(detected.scores[counted])
        hits.append(hit[counted])
    faces = int(sum(np.count_nonzero(true.scores) for true in truth))
    hit = np.concatenate(hits)[np.argsort(-np.concatenate(scores), kind="stable")]
    within = np.cumsum(~hit) <= len(truth)
    return float(np.count_nonzero(hit & within) / max(faces, 1)), faces


def match_detections(detected: Faces, true: Faces) -> tuple[np.ndarray, np.ndarray]:
    """Match an image's detections to its true faces: (N,) bool whether each finds a face, and whether it counts.

    A detection finds a face that none with a higher score did; one of a face to be ignored does not count.
    """
    overlap = iou(detected.boxes, true.boxes)
    hit, counted = np.zeros(len(detected), bool), np.ones(len(detected), bool)
    free = np.ones(len(true), bool)
    for row in np.argsort(-detected.scores, kind="stable"):
        near = np.flatnonzero(overlap[row] > LEAST_IOU)
        known = near[free[near] & (true.scores[near] > 0)]
        if len(known):
            best = known[overlap[row, known].argmax()]
            hit[row], free[best] = True, False
        else:
            counted[row] = not (true.scores[near] == 0).any()
    return hit, counted
