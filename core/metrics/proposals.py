"""Proposals: how well the first n boxes of an image cover its annotated faces.

J. Uijlings et al., "Selective Search for Object Recognition", IJCV 104(2), 2013, section 5: recall is the share of
objects with an overlap above a threshold, the average best overlap (ABO) of a class is eq. (8), and MABO its mean over
classes; with faces as the only class the two are one.
"""

from collections.abc import Sequence

import numpy as np

from eigen2arc.core.checks import check_shape
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou


def best_overlaps(boxes: np.ndarray, truth_boxes: np.ndarray, counts: Sequence[int]) -> np.ndarray:
    """Find the largest IoU, 0..1, of each of T annotated boxes with any of the first n proposals: (K, T).

    boxes : (N, 4), best first; truth_boxes : (T, 4) pixels; counts : K numbers n of 1 or more. Where there are fewer
    than n proposals, all are taken; 0 where there is none.
    """
    truth_boxes = np.asarray(truth_boxes, boxes.dtype)
    best_so_far = np.maximum.accumulate(iou(boxes, truth_boxes), axis=0)
    with_none = np.concatenate([np.zeros((1, len(truth_boxes)), best_so_far.dtype), best_so_far])
    return with_none[np.minimum(counts, len(boxes))]


def recall(overlaps: np.ndarray, min_iou: float = 0.5) -> np.ndarray:
    """Compute the share of faces (K,), 0..1, whose best overlap (K, T), see best_overlaps(), is above min_iou.

    Raises UserError if no face is annotated.
    """
    return np.asarray((_some(overlaps) > min_iou).mean(axis=1))


def mabo(overlaps: np.ndarray) -> np.ndarray:
    """Compute the mean best overlap (K,), 0..1, of (K, T), see best_overlaps().

    Raises UserError if no face is annotated.
    """
    return np.asarray(_some(overlaps).mean(axis=1))


def _some(overlaps: np.ndarray) -> np.ndarray:
    check_shape(overlaps, "K T", "overlaps")
    if overlaps.shape[1] == 0:
        raise UserError("proposals: the images chosen have no annotated face: take more of them, or another set")
    return overlaps
