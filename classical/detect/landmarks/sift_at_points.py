"""SIFT descriptors at given points, scale and rotation: the features of supervised descent.

D. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 2004, section 6.1: gradients of a patch of
16 x 16 samples under a Gaussian window, in 4 x 4 cells of 8 orientations, each gradient shared out linearly between the
neighbouring cells and orientations; normalised, cut off at 0.2, and normalised again.
"""

import math

import numba
import numpy as np

from eigen2arc.core.checks import check_shape

CELLS = 4
CELL_SAMPLES = 4
ORIENTATIONS = 8
SAMPLES = CELLS * CELL_SAMPLES
SIZE = CELLS * CELLS * ORIENTATIONS
CUT_OFF = 0.2

#: Added to the sum of squares, so that a patch without contrast gets a descriptor of zeros instead of amplified noise.
LEAST_ENERGY = 1e-4


def gaussian_window() -> np.ndarray:
    """Return the weights (16, 16) float32 of the gradients, as Lowe has them: deviation half the patch's side."""
    offset = np.arange(SAMPLES) - (SAMPLES - 1) / 2
    line = np.exp(-(offset**2) / (2 * (SAMPLES / 2) ** 2))
    return np.outer(line, line).astype(np.float32)


WINDOW = gaussian_window()


def sift_at_points(windows: np.ndarray, owners: np.ndarray, points: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Describe P points in each of M rows.

    windows : (N, S, S) uint8 grey. owners : (M,) int64, the window that a row's points lie in. points : (M, P, 2) x y
    in pixels, anywhere: outside the window its border is repeated. axes : (M, 2), the step from one sample to the
    next along the patch's own x axis, in pixels; its y axis is at a right angle, so this is scale and rotation.
    Returns (M, P * 128) float32 in 0..1. Raises ValueError.
    """
    check_shape(windows, "N S S", "windows")
    m = check_shape(points, "M P 2", "points")["M"]
    check_shape(owners, str(m), "owners")
    check_shape(axes, f"{m} 2", "axes")
    described = np.empty((m, points.shape[1] * SIZE), np.float32)
    _describe(windows, owners, points.astype(np.float32), axes.astype(np.float32), WINDOW, described)
    return described


@numba.njit(cache=True, parallel=True)
def _describe(
    windows: np.ndarray,
    owners: np.ndarray,
    points: np.ndarray,
    axes: np.ndarray,
    weights: np.ndarray,
    described: np.ndarray,
) -> None:
    for row in numba.prange(len(points)):
        patch = np.empty((SAMPLES + 2, SAMPLES + 2), np.float32)
        # A border of cells all around takes what a gradient near the patch's edge gives to cells outside.
        cells = np.empty((CELLS + 2, CELLS + 2, ORIENTATIONS), np.float32)
        for p in range(points.shape[1]):
            _sample(windows[owners[row]], points[row, p], axes[row], patch)
            _histograms(patch, weights, cells)
            _normalise(cells, described[row, p * SIZE : (p + 1) * SIZE])


@numba.njit(cache=True)
def _sample(window: np.ndarray, point: np.ndarray, axis: np.ndarray, patch: np.ndarray) -> None:
    """The patch around a point, and one sample more on all sides for the gradients; bilinear."""
    middle = np.float32((len(patch) - 1) / 2)
    last = np.float32(len(window) - 1)
    for j in range(len(patch)):
        for i in range(len(patch)):
            u, v = np.float32(i) - middle, np.float32(j) - middle
            x = min(max(point[0] + axis[0] * u - axis[1] * v, np.float32(0)), last)
            y = min(max(point[1] + axis[1] * u + axis[0] * v, np.float32(0)), last)
            left, top = min(int(x), len(window) - 2), min(int(y), len(window) - 2)
            right_share, lower_share = x - np.float32(left), y - np.float32(top)
            upper = window[top, left] + right_share * (np.float32(window[top, left + 1]) - window[top, left])
            lower = window[top + 1, left] + right_share * (
                np.float32(window[top + 1, left + 1]) - window[top + 1, left]
            )
            patch[j, i] = upper + lower_share * (lower - upper)


@numba.njit(cache=True)
def _histograms(patch: np.ndarray, weights: np.ndarray, cells: np.ndarray) -> None:
    """Every gradient's magnitude to the 2 x 2 nearest cells and the 2 nearest orientations."""
    per_radian = np.float32(ORIENTATIONS / (2 * math.pi))
    cells[:] = 0
    for j in range(SAMPLES):
        row = np.float32((j + 0.5) / CELL_SAMPLES + 0.5)
        upper = int(row)
        lower_share = row - np.float32(upper)
        for i in range(SAMPLES):
            column = np.float32((i + 0.5) / CELL_SAMPLES + 0.5)
            left = int(column)
            right_share = column - np.float32(left)
            dx = patch[j + 1, i + 2] - patch[j + 1, i]
            dy = patch[j + 2, i + 1] - patch[j, i + 1]
            magnitude = weights[j, i] * math.sqrt(dx * dx + dy * dy)
            turn = (math.atan2(dy, dx) * per_radian) + np.float32(ORIENTATIONS)
            bin_before = int(turn)
            next_share = turn - np.float32(bin_before)
            before, after = bin_before % ORIENTATIONS, (bin_before + 1) % ORIENTATIONS
            for down in range(2):
                for along in range(2):
                    share_y = lower_share if down else 1 - lower_share
                    share_x = right_share if along else 1 - right_share
                    vote = magnitude * share_y * share_x
                    cells[upper + down, left + along, before] += vote * (1 - next_share)
                    cells[upper + down, left + along, after] += vote * next_share


@numba.njit(cache=True)
def _normalise(cells: np.ndarray, descriptor: np.ndarray) -> None:
    inner = cells[1:-1, 1:-1]
    length = math.sqrt((inner * inner).sum() + LEAST_ENERGY)
    squares = np.float32(LEAST_ENERGY)
    k = 0
    for j in range(CELLS):
        for i in range(CELLS):
            for o in range(ORIENTATIONS):
                descriptor[k] = min(inner[j, i, o] / length, CUT_OFF)
                squares += descriptor[k] * descriptor[k]
                k += 1
    descriptor /= math.sqrt(squares)
