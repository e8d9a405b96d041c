"""Detection: how many annotated faces are found, at how many false alarms.

Source: Jain and Learned-Miller, "FDDB: A benchmark for face detection in unconstrained settings", 2010, section 5: the
discrete score, one detection to a face, and the continuous one, over the number of false positives in the whole set.
"""

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Faces

FALSE_POSITIVES = (10, 50, 100, 200)


def match(detected: Faces, truth_boxes: np.ndarray, min_iou: float = 0.5) -> np.ndarray:
    """Match the N detections in one image to its faces: (N,) bool, which of them are hits.

    One detection to a face, one face to a detection.
    detected : N detections; truth_boxes (T, 4) pixels. Only a pair whose intersection over union is above ``min_iou``
    can be a hit; see match_overlaps().
    """
    return match_overlaps(box_overlaps(detected, truth_boxes), detected.scores, min_iou)


def box_overlaps(detected: Faces, truth_boxes: np.ndarray) -> np.ndarray:
    """Compute the intersection over union of N detections and T annotated boxes (T, 4) in pixels: (N, T) float32."""
    return iou(detected.boxes, np.asarray(truth_boxes, dtype=np.float32))


def match_overlaps(overlaps: np.ndarray, scores: np.ndarray, min_iou: float = 0.5) -> np.ndarray:
    """Match detections to faces by all overlaps (N, T) and the detections' scores (N,): (N,) bool, the hits.

    As in FDDB, the pairs come from a best bipartite matching. It is weighted by the rank of the score: the sets of
    detections that can be matched at the same time are a matroid, whose heaviest member is the greedy one. So at every
    threshold as many of the detections above it are hits as could be, and one matching serves the whole curve.
    """
    weight_of = np.empty(len(scores))
    weight_of[np.argsort(-scores, kind="stable")] = np.arange(len(scores), 0, -1)
    allowed = overlaps > min_iou
    rows, columns = linear_sum_assignment(allowed * weight_of[:, None], maximize=True)
    hit = np.zeros(len(scores), dtype=bool)
    hit[rows] = allowed[rows, columns]
    return hit


def discrete_roc(hits: np.ndarray, scores: np.ndarray, faces: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute false positives and recall as the threshold falls through all different scores.

    hits (D,) bool and scores (D,) of all detections in all images, in any order; faces : how many are annotated.
    Returns false positives (K,) int64 and recall (K,) float64, 0..1. The first point is that of a threshold above all
    scores. Detections of one score come in at once. Raises UserError if no face is annotated.
    """
    return continuous_roc(hits, np.asarray(hits, dtype=np.float64), scores, faces)


def continuous_roc(
    hits: np.ndarray, gains: np.ndarray, scores: np.ndarray, faces: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compute false positives and recall as discrete_roc() does, with gains (D,), 0..1, in place of 0 or 1 a detection.

    gains : see metrics.fddb.gains().
    """
    if faces < 1:
        raise UserError("detection: the images chosen have no annotated face: take more of them, or another set")
    levels, level_of = np.unique(-np.asarray(scores, dtype=np.float64), return_inverse=True)
    true = np.bincount(level_of, gains, len(levels))
    false = np.bincount(level_of, ~np.asarray(hits, dtype=bool), len(levels))
    return np.append(0, np.cumsum(false)).astype(np.int64), np.append(0, np.cumsum(true)) / faces


def recall_at_fp(false_positives: np.ndarray, recall: np.ndarray, at_most: int) -> float:
    """Return the recall, 0..1, of the lowest threshold with at most so many false positives.

    A detector that makes fewer than that at its lowest threshold is taken there: all it finds is its answer.
    """
    return float(recall[false_positives <= at_most].max())


def stops_at(metrics: dict[str, Any], count: str) -> int | None:
    """Return how many false positives a detector makes at its lowest threshold, where that is fewer than ``count``.

    metrics : of summary(). Then recall_at_fp() has no other answer for ``count``. None where it makes as many.
    """
    last = metrics.get("false_positives")
    return last if last is not None and last < int(count) else None


def recall_table(false_positives: np.ndarray, recall: np.ndarray) -> dict[str, float]:
    """Return recall_at_fp() at each of FALSE_POSITIVES, ready for JSON."""
    return {str(count): recall_at_fp(false_positives, recall, count) for count in FALSE_POSITIVES}


def summary(hits: np.ndarray, scores: np.ndarray, *, faces: int, images: int, protocol: str) -> dict[str, Any]:
    """Summarize one detector on one set: all metrics, ready for JSON.

    hits, scores : as for discrete_roc(). In the result false_positives and recall are those at its lowest threshold.
    """
    false_positives, recall = discrete_roc(hits, scores, faces)
    return {
        "recall_at_fp": recall_table(false_positives, recall),
        "recall": float(recall[-1]),
        "false_positives": int(false_positives[-1]),
        "detections": len(hits),
        "faces": faces,
        "images": images,
        "protocol": protocol,
    }
