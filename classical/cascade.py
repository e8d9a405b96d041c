"""A cascade of boosted Haar features slides over an image: most windows are rejected by its first, small stages.

P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001: features (section
2), variance normalisation (section 5), cascade (section 4). Weak classifiers may be small trees: R. Lienhart et al.,
"Empirical Analysis of Detection Cascades of Boosted Classifiers for Rapid Object Detection", DAGM 2003.
All arithmetic is in float32 and in the order of OpenCV's `CascadeClassifier`, so that the windows are the same ones.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit, prange

from .integral_image import integral_images
from .pyramid import levels_for, scales_for, window_at

#: Windows that vary less than this (standard deviation in grey levels) cannot be told from noise and are passed over.
MIN_DEVIATION = 10.0


@dataclass(frozen=True)
class Cascade:
    """S stages of T trees of M nodes, all in the order in which they are evaluated.

    window_px : width and height. stage_threshold : (S,) float32; a stage rejects what sums up to less.
    stage_trees : (S + 1,) int32, where each stage's trees begin. tree_nodes : (T + 1,) int32, where each tree's nodes
    begin; its leaves begin t later, as a tree has one leaf more than nodes. node_children : (M, 2) int32; above 0, the
    number of a node in the tree, else minus the number of a leaf. node_threshold : (M,) float32, below it goes left.
    rectangles : (M, 3, 4) int32 x y width height of a node's feature. weights : (M, 3) float32. leaves : (M + T,).
    """

    window_px: tuple[int, int]
    stage_threshold: np.ndarray
    stage_trees: np.ndarray
    tree_nodes: np.ndarray
    node_children: np.ndarray
    node_threshold: np.ndarray
    rectangles: np.ndarray
    weights: np.ndarray
    leaves: np.ndarray

    def windows(
        self, image: np.ndarray, factor: float, min_size_px: int, max_size_px: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """All windows of a grey image (H, W) uint8 that pass every stage, from small to large, row by row.

        factor : from one scale to the next, above 1. min_size_px, max_size_px : of the window's sides, 0 for no limit.
        Returns boxes (N, 4) int32 x y width height and weights (N,) float64, the last stage's sums.
        """
        image_px = (image.shape[1], image.shape[0])
        boxes, weights = [np.zeros((0, 4), np.int32)], [np.zeros(0)]
        scales = scales_for(image_px, self.window_px, factor, min_size_px, max_size_px)
        for level in levels_for(image_px, self.window_px, scales):
            y, x, weight = self.scan(level.reduce(image), level.step_px, level.rows_px, level.columns_px)
            width, height = window_at(self.window_px, level.scale)
            corners = [np.rint(place.astype(np.float32) * level.scale) for place in (x, y)]
            sides = [np.full(len(x), side) for side in (width, height)]
            boxes.append(np.stack(corners + sides, axis=1).astype(np.int32))
            weights.append(weight)
        return np.concatenate(boxes), np.concatenate(weights)

    def scan(
        self, level: np.ndarray, step_px: int, rows_px: int, columns_px: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, columns and weights of the windows that pass on one level (H, W) uint8."""
        ii, squares = integral_images(np.ascontiguousarray(level))
        stride = ii.shape[1]
        width, height = self.window_px
        # The outermost pixels do not count towards the variance.
        inside = corner_offsets(np.array([1, 1, width - 2, height - 2]), stride)
        weight = _scan(
            ii.ravel(),
            squares.ravel(),
            stride,
            np.array([step_px, rows_px, columns_px]),
            inside,
            (width - 2) * (height - 2),
            self.stage_threshold,
            self.stage_trees,
            self.tree_nodes,
            self.node_children,
            self.node_threshold,
            corner_offsets(self.rectangles, stride),
            self.weights,
            self.leaves,
        )
        row, column = np.nonzero(weight > -np.inf)
        return row * step_px, column * step_px, weight[row, column]


def corner_offsets(rectangles: np.ndarray, stride: int) -> np.ndarray:
    """(..., 4) x y width height to the (..., 4) uint32 places of the corners in a flat integral image.

    Order: top left, top right, bottom left, bottom right. Unsigned, because numba checks signed places for below 0.
    """
    x, y, width, height = np.moveaxis(rectangles, -1, 0)
    top, bottom = y * stride + x, (y + height) * stride + x
    return np.stack([top, top + width, bottom, bottom + width], axis=-1).astype(np.uint32)


@njit(cache=True, inline="always")
def _sum(ii: np.ndarray, corner: int, offsets: np.ndarray) -> int:
    """The sum over a rectangle of the window whose upper left corner is at ``corner``."""
    return ii[corner + offsets[0]] - ii[corner + offsets[1]] - ii[corner + offsets[2]] + ii[corner + offsets[3]]


@njit(cache=True, inline="always")
def _normaliser(
    ii: np.ndarray, squares: np.ndarray, corner: int, inside: np.ndarray, area: int
) -> tuple[bool, np.float32]:
    """Whether a window varies enough, and 1 / (area * standard deviation)."""
    total = np.float64(np.int32(_sum(ii, corner, inside)))
    total_squares = np.float64(np.uint32(_sum(squares, corner, inside)))
    variance = area * total_squares - total * total
    if variance <= 0:
        return False, np.float32(1)
    normaliser = np.float32(1 / math.sqrt(variance))
    return area * np.float64(normaliser) < 1 / MIN_DEVIATION, normaliser


@njit(cache=True, parallel=True)
def _scan(
    ii: np.ndarray,
    squares: np.ndarray,
    stride: int,
    grid: np.ndarray,
    inside: np.ndarray,
    area: int,
    stage_threshold: np.ndarray,
    stage_trees: np.ndarray,
    tree_nodes: np.ndarray,
    node_children: np.ndarray,
    node_threshold: np.ndarray,
    offsets: np.ndarray,
    weights: np.ndarray,
    leaves: np.ndarray,
) -> np.ndarray:
    """The last stage's sum of every window on the grid, -inf for those that a stage rejects or that are passed over."""
    step, rows, columns = grid
    passed = np.full(((rows + step - 1) // step, (columns + step - 1) // step), -np.inf)
    for row in prange(len(passed)):
        column = 0
        while column < passed.shape[1]:
            corner = np.uint64(row * step * stride + column * step)
            varied, normaliser = _normaliser(ii, squares, corner, inside, area)
            column += 1
            if not varied:
                continue
            stage = 0
            total = 0.0
            while stage < len(stage_threshold):
                total = 0.0
                for tree in range(stage_trees[stage], stage_trees[stage + 1]):
                    first = tree_nodes[tree]
                    child = 0
                    while True:
                        node = first + child
                        at = offsets[node]
                        value = weights[node, 0] * np.float32(_sum(ii, corner, at[0]))
                        value += weights[node, 1] * np.float32(_sum(ii, corner, at[1]))
                        if weights[node, 2] != 0:
                            value += weights[node, 2] * np.float32(_sum(ii, corner, at[2]))
                        child = node_children[node, 0 if value * normaliser < node_threshold[node] else 1]
                        if child <= 0:
                            break
                    total += leaves[first + tree - child]
                if total < stage_threshold[stage]:
                    break
                stage += 1
            if stage == len(stage_threshold):
                passed[row, column - 1] = total
            elif stage == 0:
                column += 1  # beside a window that is rejected at once, the next one is hardly ever a face
    return passed
