"""Merging: a detector that scans densely answers to a face with many windows; they become one box and one score.

Greedy suppression by the share of the smaller box, as in P. Dollár's toolbox (bbNms, "max" and "min"), so that a part
of a face inside a face goes, too. What one box loses, the kept one gains: it moves to the mean of the windows that
agree with it, and their scores add up, because a false alarm has few that do.
"""

import numpy as np

#: A window that shares this much of the smaller of both with a better one is dropped.
OVERLAP = 0.6

#: Windows whose intersection is more than this share of their union with the best one show the same face.
AGREE = 0.5

#: More windows than this in one image are cut off, the worst first: memory and time grow with their number.
MOST = 20_000


def merge(windows: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Windows (N, 4) x1 y1 x2 y2 and scores (N,), above 0, to those that are left (M, 4) and (M,), best first."""
    order = np.argsort(-scores, kind="stable")[:MOST]
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
    """Of a box (4,) with others (N, 4): the area shared, that of the smaller of both, and that of both together."""
    sides = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    shared = np.prod(np.clip(sides, 0, None), axis=1)
    area, areas = np.prod(one[2:] - one[:2]), np.prod(others[:, 2:] - others[:, :2], axis=1)
    return shared, np.minimum(area, areas), area + areas - shared
