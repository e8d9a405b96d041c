"""Scanning: windows in rows, rows in bands that are worked on in parallel, each with integral images of its own.

The first stage sees every window, so it is evaluated for whole rows, in vector instructions; so are the next ones for
blocks of a row in which many windows are left; the few other windows go on one by one.
"""

import math

import numpy as np
from numba import njit, prange

from eigen2arc.classical.detect.haar.window_integrals import MIN_DEVIATION
from eigen2arc.classical.image.integral_image import integral_images, tilted_integral

from .nodes import INNER_LOOP, Nodes
from .stage_sums import stage_of_row, stages_of_window
from .stages import Stages

#: A block of so many windows is evaluated as a whole as long as so many of them are left: measured.
BLOCK, DENSE = 32, 5


@njit(**INNER_LOOP)
def _normalise(
    ii: np.ndarray,
    squares: np.ndarray,
    corner: np.uint64,
    inside: np.ndarray,
    area: float,
    columns: np.uint64,
    normalisers: np.ndarray,
) -> None:
    """Compute 1 / (area * standard deviation) of a row of windows, 0 for one that varies too little."""
    a, b = corner + inside[np.uint64(0)], corner + inside[np.uint64(1)]
    c, d = corner + inside[np.uint64(2)], corner + inside[np.uint64(3)]
    for x in range(columns):
        total = np.float64(np.int32(ii[a + x] - ii[b + x] - ii[c + x] + ii[d + x]))
        total_of_squares = np.float64(np.uint32(squares[a + x] - squares[b + x] - squares[c + x] + squares[d + x]))
        variance = area * total_of_squares - total * total
        inverse = np.float32(1 / math.sqrt(variance)) if variance > 0 else np.float32(np.inf)
        normalisers[x] = inverse if area * np.float64(inverse) < 1 / MIN_DEVIATION else np.float32(0)


@njit(**INNER_LOOP)
def _reject(
    normalisers: np.ndarray, totals: np.ndarray, threshold: np.float32, columns: np.uint64, left: np.ndarray
) -> None:
    """Apply the first stage's threshold. Beside a window that it rejects, the next is hardly ever a face: skip it."""
    passed_over = False
    for x in range(columns):
        looked_at = normalisers[x] > 0 and not passed_over
        left[x] = looked_at and totals[x] >= threshold
        passed_over = looked_at and not left[x]


@njit(**INNER_LOOP)
def _scan_row(
    ii: np.ndarray,
    corner: np.uint64,
    thresholds: np.ndarray,
    first_tree: np.ndarray,
    first_node: np.ndarray,
    nodes: Nodes,
    normalisers: np.ndarray,
    columns: np.uint64,
    totals: np.ndarray,
    values: np.ndarray,
    here: np.ndarray,
    left: np.ndarray,
) -> None:
    """Scan one row of windows. left : (columns,) bool, those that pass; totals : (columns,) float64, last sums."""
    stages = np.uint64(len(thresholds))
    stage_of_row(
        ii,
        corner,
        first_tree,
        first_node,
        nodes,
        np.uint64(0),
        normalisers,
        np.uint64(0),
        columns,
        totals,
        values,
        here,
    )
    _reject(normalisers, totals, thresholds[np.uint64(0)], columns, left)
    for begin in range(np.uint64(0), columns, np.uint64(BLOCK)):
        end = min(begin + np.uint64(BLOCK), columns)
        count = 0
        for x in range(begin, end):
            count += left[x]
        stage = np.uint64(1)
        while stage < stages and count >= DENSE:
            stage_of_row(
                ii, corner, first_tree, first_node, nodes, stage, normalisers, begin, end, totals, values, here
            )
            count = 0
            for x in range(begin, end):
                left[x] = left[x] and totals[x] >= thresholds[stage]
                count += left[x]
            stage += np.uint64(1)
        if count == 0:
            continue
        for x in range(begin, end):
            if left[x]:
                totals[x] = stages_of_window(
                    ii, corner + x, thresholds, first_tree, first_node, nodes, stage, normalisers[x], totals[x]
                )
                left[x] = totals[x] > -np.inf


@njit(cache=True)
def _scan_bands(
    pixels: np.ndarray,
    bands: np.ndarray,
    step_px: int,
    stride: int,
    tilted_from: int,
    stages: Stages,
    nodes: Nodes,
    inside: np.ndarray,
    area: float,
    passed: np.ndarray,
    weights: np.ndarray,
    found: np.ndarray,
) -> None:
    """Scan one thread's share of the bands, see scan.

    All that the inner loops write to is made here, once: fresh memory costs as much as an integral image, and only
    where the compiler sees how arrays were made does it know that they do not overlap.
    """
    most, columns = (bands[:, 2].max() + 1) * stride, bands[:, 4].max()
    ii, squares = np.empty(tilted_from + most, np.int32), np.empty(most if area > 0 else 0, np.uint32)
    normalisers, totals, values = np.ones(columns, np.float32), np.empty(columns), np.empty(columns, np.float32)
    here, left = np.empty(columns, np.int32), np.empty(columns, np.bool_)
    thresholds, first_tree, first_node = stages.thresholds, stages.first_tree, stages.first_node
    for number in range(len(bands)):
        pixel, width, height, rows, columns, first = bands[number]
        image, size = pixels[pixel : pixel + width * height].reshape(height, width), (height + 1) * stride
        integral_images(image, step_px, ii[:size].reshape(-1, stride), squares[:size].reshape(-1, stride))
        if tilted_from > 0:
            tilted_integral(image, step_px, ii[tilted_from : tilted_from + size].reshape(-1, stride))
        count = 0
        for row in range(rows):
            corner, wide = np.uint64(row * step_px * stride), np.uint64(columns)
            if area > 0:
                _normalise(ii, squares, corner, inside, area, wide, normalisers)
            _scan_row(
                ii, corner, thresholds, first_tree, first_node, nodes, normalisers, wide, totals, values, here, left
            )
            for column in range(columns):
                if left[column]:
                    passed[first + count], weights[first + count] = row * columns + column, totals[column]
                    count += 1
        found[number] = count


@njit(cache=True, parallel=True)
def scan(
    pixels: np.ndarray,
    bands: np.ndarray,
    workers: int,
    step_px: int,
    stride: int,
    tilted_from: int,
    stages: Stages,
    nodes: Nodes,
    inside: np.ndarray,
    area: float,
    passed: np.ndarray,
    weights: np.ndarray,
    found: np.ndarray,
) -> None:
    """Scan the bands of one or more levels, see cascade.py, by ``workers`` threads; all have one ``step_px``.

    stride : of the integral images, the same for all. tilted_from : the index in one array where the tilted one follows
    the upright one, 0 if there are no tilted features. inside : (4,) uint32 corners of the rectangle whose ``area``
    pixels count for the variance; area 0 does not normalise. passed : int64 and weights : float64, one entry for each
    window; from the first entry of a band on, its windows that pass (number in the band) and their last stage's sums
    are filled in. found : (B,) int64, how many, filled in.
    """
    for worker in prange(workers):
        # Every so many bands, so that each thread gets large and small levels.
        mine = bands[worker::workers]
        if len(mine) > 0:
            _scan_bands(
                pixels,
                mine,
                step_px,
                stride,
                tilted_from,
                stages,
                nodes,
                inside,
                area,
                passed,
                weights,
                found[worker::workers],
            )
