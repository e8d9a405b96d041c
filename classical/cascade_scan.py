"""The inner loops of a cascade: window by window, stage by stage, until one rejects it.

All arithmetic is in float32 and in the order of OpenCV's `CascadeClassifier`, so that the windows are the same ones.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit, prange

#: Windows that vary less than this (standard deviation in grey levels) cannot be told from noise and are passed over.
MIN_DEVIATION = 10.0


class Stages(NamedTuple):
    """S stages of T trees of M nodes, all in the order in which they are evaluated.

    thresholds : (S,) float32; a stage rejects what sums up to less. first_tree : (S + 1,) int64, where each stage's
    trees begin. first_node : (T + 1,) int64, where each tree's nodes begin; tree t's leaves begin t later, as a tree
    has one leaf more than nodes. children : (M, 2) int64; above 0, the number of a node in the tree, else minus the
    number of a leaf. splits : (M,) float32, below it goes left. weights : (M, 3) float32 of the rectangles of a node's
    feature. leaves : (M + T,) float32.
    """

    thresholds: np.ndarray
    first_tree: np.ndarray
    first_node: np.ndarray
    children: np.ndarray
    splits: np.ndarray
    weights: np.ndarray
    leaves: np.ndarray


def corner_offsets(rectangles: np.ndarray, stride: int) -> np.ndarray:
    """(..., 4) x y width height to the (..., 4) uint64 places of the corners in a flat integral image.

    Corners: top left, top right, bottom left, bottom right. Unsigned, because numba would check a signed place for
    being below 0.
    """
    x, y, width, height = np.moveaxis(rectangles, -1, 0)
    top, bottom = y * stride + x, (y + height) * stride + x
    return np.stack([top, top + width, bottom, bottom + width], axis=-1).astype(np.uint64)


@njit(cache=True)
def _sum(ii: np.ndarray, corner: np.uint64, offsets: np.ndarray) -> int:
    """The sum over a rectangle of the window whose upper left corner is at ``corner``."""
    return ii[corner + offsets[0]] - ii[corner + offsets[1]] - ii[corner + offsets[2]] + ii[corner + offsets[3]]


@njit(cache=True)
def _normaliser(ii: np.ndarray, squares: np.ndarray, corner: np.uint64, inside: np.ndarray, area: int) -> np.float32:
    """1 / (area * standard deviation) of a window, 0 if it varies too little."""
    total = np.float64(np.int32(_sum(ii, corner, inside)))
    variance = area * np.float64(np.uint32(_sum(squares, corner, inside))) - total * total
    if variance <= 0:
        return np.float32(0)
    inverse = np.float32(1 / math.sqrt(variance))
    return np.float32(inverse if area * np.float64(inverse) < 1 / MIN_DEVIATION else 0)


@njit(cache=True)
def _stage_sum(
    ii: np.ndarray, corner: np.uint64, stages: Stages, offsets: np.ndarray, stage: int, normaliser: np.float32
) -> float:
    """One stage's sum for one window."""
    total = 0.0
    for tree in range(np.uint64(stages.first_tree[stage]), np.uint64(stages.first_tree[stage + 1])):
        first = stages.first_node[tree]
        child = 0
        while True:
            node = np.uint64(first + child)
            value = stages.weights[node, 0] * np.float32(_sum(ii, corner, offsets[node, 0]))
            value += stages.weights[node, 1] * np.float32(_sum(ii, corner, offsets[node, 1]))
            if stages.weights[node, 2] != 0:
                value += stages.weights[node, 2] * np.float32(_sum(ii, corner, offsets[node, 2]))
            child = stages.children[node, 0 if value * normaliser < stages.splits[node] else 1]
            if child <= 0:
                break
        total += stages.leaves[np.uint64(first + np.int64(tree) - child)]
    return total


@njit(cache=True, parallel=True)
def scan(
    ii: np.ndarray,
    squares: np.ndarray,
    stride: int,
    step_px: int,
    rows: int,
    columns: int,
    inside: np.ndarray,
    area: int,
    stages: Stages,
    offsets: np.ndarray,
) -> np.ndarray:
    """The last stage's sum of every window on a grid, -inf for one that is rejected or passed over.

    ii, squares : flat integral images, int32 and uint32, of rows of ``stride`` values. inside : (4,) corner offsets of
    the rectangle whose ``area`` pixels count for the variance. offsets : (M, 3, 4) those of the features.
    Returns (rows, columns) float64.
    """
    passed = np.full((rows, columns), -np.inf)
    for row in prange(rows):
        column = 0
        while column < columns:
            corner = np.uint64((row * stride + column) * step_px)
            normaliser = _normaliser(ii, squares, corner, inside, area)
            if normaliser > 0:
                stage = 0
                total = 0.0
                while stage < len(stages.thresholds):
                    total = _stage_sum(ii, corner, stages, offsets, stage, normaliser)
                    if total < stages.thresholds[stage]:
                        break
                    stage += 1
                if stage == len(stages.thresholds):
                    passed[row, column] = total
                elif stage == 0:
                    column += 1  # beside a window that is rejected at once, the next one is hardly ever a face
            column += 1
    return passed
