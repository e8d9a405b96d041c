"""The inner loops of a cascade: window by window, stage by stage, until one rejects it.

The first stages see nearly every window, so they are evaluated for a whole row of windows at once, in loops that a
compiler can turn into vector instructions; the few windows that are left go on one by one. All arithmetic is in
float32 and in the order of OpenCV's `CascadeClassifier`, so that the windows are the same ones.
"""

import math

import numpy as np
from numba import njit, prange

from .cascade_parts import Stages

#: Windows that vary less than this (standard deviation in grey levels) cannot be told from noise and are passed over.
MIN_DEVIATION = 10.0

#: A row of windows stays together as long as at least one in so many is left: about what vector instructions gain.
WHOLE_ROW = 5


@njit(cache=True)
def _sum(ii: np.ndarray, corner: np.uint64, offsets: np.ndarray) -> np.int32:
    """The sum over a rectangle of the window whose upper left corner is at ``corner``."""
    a, b, c, d = offsets[0], offsets[1], offsets[2], offsets[3]
    return np.int32(ii[corner + a] - ii[corner + b] - ii[corner + c] + ii[corner + d])


@njit(cache=True)
def _sums_of_row(ii: np.ndarray, corner: np.uint64, offsets: np.ndarray, sums: np.ndarray) -> None:
    """The sums over a rectangle of the windows that begin at ``corner``, ``corner`` + 1, ..., in the type of ii."""
    n = len(sums)
    a, b = ii[corner + offsets[0] :][:n], ii[corner + offsets[1] :][:n]
    c, d = ii[corner + offsets[2] :][:n], ii[corner + offsets[3] :][:n]
    for x in range(n):
        sums[x] = a[x] - b[x] - c[x] + d[x]


@njit(cache=True)
def _normalisers(
    ii: np.ndarray, squares: np.ndarray, corner: np.uint64, inside: np.ndarray, area: int, normalisers: np.ndarray
) -> None:
    """1 / (area * standard deviation) of a row of windows, 0 for one that varies too little."""
    totals, totals_of_squares = np.empty(len(normalisers), np.int32), np.empty(len(normalisers), np.uint32)
    _sums_of_row(ii, corner, inside, totals)
    _sums_of_row(squares, corner, inside, totals_of_squares)
    for x in range(len(normalisers)):
        total = np.float64(totals[x])
        variance = area * np.float64(totals_of_squares[x]) - total * total
        inverse = np.float32(1 / math.sqrt(variance)) if variance > 0 else np.float32(np.inf)
        normalisers[x] = inverse if area * np.float64(inverse) < 1 / MIN_DEVIATION else 0


@njit(cache=True)
def _stage_of_row(
    ii: np.ndarray,
    corner: np.uint64,
    stages: Stages,
    weights: np.ndarray,
    offsets: np.ndarray,
    stage: int,
    normalisers: np.ndarray,
) -> np.ndarray:
    """One stage's sums for a row of windows, (columns,) float64."""
    totals = np.zeros(len(normalisers))
    values, sums = np.empty(len(totals), np.float32), np.empty(len(totals), np.int32)
    children = np.empty(len(totals), np.int32)
    for tree in range(stages.first_tree[stage], stages.first_tree[stage + 1]):
        first = stages.first_node[tree]
        children[:] = 0
        for node in range(first, stages.first_node[tree + 1]):
            values[:] = 0
            for part in range(3 if weights[node, 2] != 0 else 2):
                weight = weights[node, part]
                _sums_of_row(ii, corner, offsets[node, part], sums)
                for x in range(len(values)):
                    values[x] += weight * np.float32(sums[x])
            here, split = np.int32(node - first), stages.splits[node]
            left, right = stages.children[node, 0], stages.children[node, 1]
            for x in range(len(values)):
                child = left if values[x] * normalisers[x] < split else right
                children[x] = child if children[x] == here else children[x]
        leaves = stages.leaves[first + tree :]
        for x in range(len(totals)):
            totals[x] += leaves[np.uint32(-children[x])]
    return totals


@njit(cache=True)
def _stage_of_window(
    ii: np.ndarray,
    corner: np.uint64,
    stages: Stages,
    weights: np.ndarray,
    offsets: np.ndarray,
    stage: int,
    normaliser: np.float32,
) -> float:
    """One stage's sum for one window."""
    total = 0.0
    for tree in range(np.uint64(stages.first_tree[stage]), np.uint64(stages.first_tree[stage + 1])):
        first = stages.first_node[tree]
        child = np.int32(0)
        while True:
            node = np.uint64(first + child)
            value = weights[node, 0] * np.float32(_sum(ii, corner, offsets[node, 0]))
            value += weights[node, 1] * np.float32(_sum(ii, corner, offsets[node, 1]))
            if weights[node, 2] != 0:
                value += weights[node, 2] * np.float32(_sum(ii, corner, offsets[node, 2]))
            child = stages.children[node, 0 if value * normaliser < stages.splits[node] else 1]
            if child <= 0:
                break
        total += stages.leaves[np.uint64(first + np.int64(tree) - child)]
    return total


@njit(cache=True)
def _pass_over_neighbours(normalisers: np.ndarray, left: np.ndarray) -> None:
    """Beside a window that the first stage rejects, the next one is hardly ever a face: it is not looked at."""
    column = 0
    while column < len(left):
        if normalisers[column] > 0 and not left[column]:
            column += 1
            if column < len(left):
                left[column] = False
        column += 1


@njit(cache=True)
def _scan_row(
    ii: np.ndarray,
    corner: np.uint64,
    stages: Stages,
    weights: np.ndarray,
    offsets: np.ndarray,
    normalisers: np.ndarray,
    passed: np.ndarray,
) -> None:
    """Fill in ``passed`` for one row of windows."""
    count = len(stages.thresholds)
    left = normalisers > 0
    stage = 0
    totals = np.zeros(len(left))
    while stage < count and (stage == 0 or WHOLE_ROW * left.sum() > len(left)):
        totals = _stage_of_row(ii, corner, stages, weights, offsets, stage, normalisers)
        left &= totals >= stages.thresholds[stage]
        if stage == 0:
            _pass_over_neighbours(normalisers, left)
        stage += 1
    for column in np.nonzero(left)[0]:
        total = totals[column]
        later = stage
        while later < count:
            place = corner + np.uint64(column)
            total = _stage_of_window(ii, place, stages, weights, offsets, later, normalisers[column])
            if total < stages.thresholds[later]:
                break
            later += 1
        if later == count:
            passed[column] = total


@njit(cache=True, parallel=True)
def scan(
    ii: np.ndarray,
    squares: np.ndarray,
    row_stride: int,
    inside: np.ndarray,
    area: int,
    stages: Stages,
    weights: np.ndarray,
    offsets: np.ndarray,
    passed: np.ndarray,
) -> None:
    """The last stage's sum of every window on a grid, into ``passed``; what is rejected or passed over stays -inf.

    ii, squares : flat integral images side_by_side, int32 and uint32. row_stride : from one row of windows on.
    inside : (4,) corner offsets of the rectangle whose ``area`` pixels count for the variance. weights : (M, 3)
    float32 and offsets : (M, 3, 4) of the nodes' features. passed : (rows, columns) float64, all -inf, filled in.
    """
    for row in prange(len(passed)):
        corner = np.uint64(row * row_stride)
        normalisers = np.empty(passed.shape[1], np.float32)
        _normalisers(ii, squares, corner, inside, area, normalisers)
        _scan_row(ii, corner, stages, weights, offsets, normalisers, passed[row])
