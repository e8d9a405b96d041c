"""Smooth building blocks shared by shape and texture: bumps, steps, curves through points, band-limited noise."""

import math

import cv2
import numpy as np
from numba import vectorize


@vectorize(["f4(f4,f4,f4,f4,f4,f4)", "f8(f8,f8,f8,f8,f8,f8)"], cache=True)
def bump(x, y, cx, cy, sx, sy):  # type: ignore[no-untyped-def]  # a ufunc: its types are the signatures above
    """Compute a Gaussian hill of height 1 at (cx, cy) with standard deviations sx, sy, at every (x, y)."""
    half_square = 0.5 * (((x - cx) / sx) ** 2 + ((y - cy) / sy) ** 2)
    # Beyond five deviations the hill is below 1e-5; most texels are, and skipping them is most of the speed.
    return math.exp(-half_square) if half_square < 12.0 else 0.0


@vectorize(["f4(f4,f4,f4)", "f8(f8,f8,f8)"], cache=True)
def step(value, low, high):  # type: ignore[no-untyped-def]  # a ufunc, as above
    """Compute a smooth step: 0 below `low`, 1 above `high`, a cubic without corners between.

    `low` > `high` turns it round.
    """
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def _between(flags: np.ndarray) -> slice:
    """Return the slice from the first true flag to the last; empty where there is none."""
    true = np.flatnonzero(flags)
    return slice(int(true[0]), int(true[-1]) + 1) if len(true) else slice(0, 0)


def window(x: np.ndarray, y: np.ndarray, *, half_x: float, low_y: float, high_y: float) -> tuple[slice, slice]:
    """Find the rows and columns of a grid (R,C) that hold all |x| < half_x with low_y < y < high_y.

    y is constant on a row.
    """
    down = _between((y[:, 0] > low_y) & (y[:, 0] < high_y))
    return down, _between((np.abs(x[down]) < half_x).any(axis=0))


def curve(at: np.ndarray, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Evaluate a monotone cubic through (knots, values) at `at`, constant outside.

    Fritsch & Carlson (1980): harmonic-mean slopes, so that a profile never overshoots into a bulge nobody asked for.
    """
    h, delta = np.diff(knots), np.diff(values) / np.diff(knots)
    slope = np.zeros(len(knots))
    same = delta[1:] * delta[:-1] > 0.0
    safe = np.where(same, delta[1:] + delta[:-1], 1.0)
    slope[1:-1] = np.where(same, 2.0 * delta[1:] * delta[:-1] / safe, 0.0)
    slope[0], slope[-1] = delta[0], delta[-1]
    at = np.clip(at, knots[0], knots[-1])
    i = np.clip(np.searchsorted(knots, at) - 1, 0, len(h) - 1)
    t = (at - knots[i]) / h[i]
    return np.asarray(
        (1.0 + 2.0 * t) * (1.0 - t) ** 2 * values[i]
        + t * (1.0 - t) ** 2 * h[i] * slope[i]
        + t * t * (3.0 - 2.0 * t) * values[i + 1]
        + t * t * (t - 1.0) * h[i] * slope[i + 1]
    )


def noise(shape: tuple[int, int], cells: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw value noise: normal deviates on a coarse lattice of `cells` (rows, columns), enlarged to `shape` by a cubic.

    Returns (rows, columns) float32, mean about 0 and deviation below 1. Few cells give blotches, many give pores,
    and an uneven lattice gives strands.
    """
    coarse = rng.standard_normal(cells).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC))
