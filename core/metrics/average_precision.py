"""Average precision by the rules of WIDER FACE's official evaluation.

Yang, Luo, Loy, Tang, "WIDER FACE: A Face Detection Benchmark" (CVPR 2016), and the program eval_tools that its makers
publish; where the two leave a choice, it is the program's:
  - a detection belongs to the annotated face that it overlaps best, from an intersection over union of 0.5 on;
  - the first, surest, one of a counted face is right, every later one is wrong;
  - one of a face that is to be ignored is neither, though it may overlap a counted face as well;
  - an image with no annotated face at all is left out, whatever was found in it;
  - scores are stretched to 0..1 by the lowest and highest of the whole set, and precision and recall taken at a
    thousand even thresholds.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Faces

THRESHOLDS = 1000
MIN_IOU = 0.5

#: What a detection is.
TRUE_POSITIVE, FALSE_POSITIVE, IGNORED = 1, 0, -1


def classify_detections(detected: Faces, truth_boxes: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Classify the N detections in one image: (N,) int64, TRUE_POSITIVE, FALSE_POSITIVE or IGNORED.

    truth_boxes : (T, 4) x1 y1 x2 y2 in pixels; counted : (T,) bool, which of them are to be found.
    The program takes x + w for the last pixel of a box, and so do we: a box is one pixel wider and higher there.
    """
    verdict = np.full(len(detected), IGNORED)
    if len(detected) == 0 or len(truth_boxes) == 0:
        return verdict
    one_more = np.array([0, 0, 1, 1])
    overlap = iou(detected.boxes.astype(np.float64) + one_more, np.asarray(truth_boxes, np.float64) + one_more)
    nearest = overlap.argmax(axis=1)
    close = overlap.max(axis=1) >= MIN_IOU
    verdict[~close | counted[nearest]] = FALSE_POSITIVE
    surest_first = np.argsort(-detected.scores, kind="stable")
    candidates = surest_first[(close & counted[nearest])[surest_first]]
    _, firsts = np.unique(nearest[candidates], return_index=True)
    verdict[candidates[firsts]] = TRUE_POSITIVE
    return verdict


def average_precision(verdict: np.ndarray, scores: np.ndarray, faces: int) -> float | None:
    """Compute the area under precision over recall, 0..1; None if there is no face to be found.

    verdict, scores : (D,) of all detections in all images, see classify_detections(). faces : how many are to be found.
    Precision is first made to fall with recall: at each recall it is the best one from there on.
    """
    if faces < 1:
        return None
    precision, recall = precision_recall(verdict, scores, faces)
    recall = np.concatenate([[0.0], recall])
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * best_from_here))


def precision_recall(verdict: np.ndarray, scores: np.ndarray, faces: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute precision and recall, (THRESHOLDS,) each, 0..1, from the highest threshold to the lowest.

    Arguments as for average_precision(). A precision of nothing is 0.
    """
    thresholds = 1 - np.arange(1, THRESHOLDS + 1) / THRESHOLDS
    order = np.argsort(-scores, kind="stable")
    above = np.searchsorted(-_stretched(scores[order]), -thresholds, side="right")
    right = np.append(0, np.cumsum(verdict[order] == TRUE_POSITIVE))[above]
    judged = np.append(0, np.cumsum(verdict[order] != IGNORED))[above]
    precision = np.divide(right, judged, out=np.zeros(THRESHOLDS), where=judged > 0)
    return precision, right / faces


def _stretched(scores: np.ndarray) -> np.ndarray:
    """Stretch scores to 0..1; all 1 where there is but one."""
    scores = scores.astype(np.float64)
    low, high = (scores.min(), scores.max()) if len(scores) else (0.0, 0.0)
    return (scores - low) / (high - low) if high > low else np.ones(len(scores))


def by_subset(
    found: Sequence[Faces], truth: Sequence[np.ndarray], subsets: Mapping[str, Sequence[np.ndarray]]
) -> dict[str, float | None]:
    """Compute the average precision of each subset of the annotated faces.

    found : the detections in each image. truth : each image's annotated boxes (T, 4). subsets : for each name and
    image (T,) bool, which of the faces are to be found.
    """
    scores = np.concatenate([faces.scores for faces in found]) if found else np.zeros(0)
    of_subset = {}
    for name, counted in subsets.items():
        verdict = [classify_detections(*image) for image in zip(found, truth, counted, strict=True)]
        faces = sum(int(np.count_nonzero(mask)) for mask in counted)
        of_subset[name] = average_precision(np.concatenate(verdict) if verdict else np.zeros(0), scores, faces)
    return of_subset
