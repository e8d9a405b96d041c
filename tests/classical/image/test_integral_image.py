"""Integral images against sums over pixels, in every layout; rectangles of any kind from their corners."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.cascade.engine.integral_layout import (
    flat_indices,
    grid_corners,
    stride_for,
    tilted_corners,
    upright_corners,
)
from eigen2arc.classical.image.integral_image import integral_images, tilted_integral


def slow_tilted(image: np.ndarray) -> np.ndarray:
    """The definition: value (x, y) is the sum over the triangle above the pixel (x - 1, y - 1)."""
    height, width = image.shape
    sums = np.zeros((height + 1, width + 1), np.int64)
    for y in range(height + 1):
        for x in range(width + 1):
            for above in range(y):
                reach = y - 1 - above
                sums[y, x] += image[above, max(x - 1 - reach, 0) : max(x + reach, 0)].sum()
    return sums


def in_order(laid_out: np.ndarray, width: int, step: int) -> np.ndarray:
    """Undo the order of integral_layout."""
    rows, stride = laid_out.shape
    y, x = np.indices((rows, width + 1))
    return laid_out.ravel()[flat_indices(x, y, stride, step)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.integers(1, 14), st.integers(1, 4), st.integers(0, 3))
def test_integral_images(seed: int, height: int, width: int, step: int, spare: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    stride = stride_for(width, step) + spare * step
    ii, squares = np.full((height + 1, stride), 7, np.int32), np.full((height + 1, stride), 7, np.uint32)
    tilted = np.full((height + 1, stride), 7, np.int32)
    integral_images(image, step, ii, squares)
    tilted_integral(image, step, tilted)
    wide = np.pad(image.astype(np.int64), ((1, 0), (1, 0)))
    np.testing.assert_array_equal(in_order(ii, width, step), wide.cumsum(0).cumsum(1))
    np.testing.assert_array_equal(in_order(squares, width, step), (wide**2).cumsum(0).cumsum(1))
    np.testing.assert_array_equal(in_order(tilted, width, step), slow_tilted(image))


def test_tilted_integral_is_that_of_opencv(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (53, 71), dtype=np.uint8)
    tilted = np.empty((54, 72), np.int32)
    tilted_integral(image, 1, tilted)
    np.testing.assert_array_equal(tilted, cv2.integral3(image)[2])


def test_squares_are_left_out(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (5, 6), dtype=np.uint8)
    ii = np.empty((6, 7), np.int32)
    integral_images(image, 1, ii, np.empty((0, 7), np.uint32))
    np.testing.assert_array_equal(ii, cv2.integral(image))


def slow_tilted_sum(image: np.ndarray, x: int, y: int, width: int, height: int) -> int:
    """Over the pixels whose middles lie in the tilted rectangle, its corner at the top between pixels x - 1 and x."""
    total = 0
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            # Along the two sides, in steps of one pixel down and one across; on the lines between, half a pixel wide.
            right, left = (row - y) + (column - x + 1), (row - y) - (column - x + 1)
            total += int(image[row, column]) * (0 <= right < 2 * width and 0 <= left < 2 * height)
    return total


@given(st.data())
def test_sums_over_rectangles(data: st.DataObject) -> None:
    image = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 256, (17, 19), dtype=np.uint8)
    step = data.draw(st.integers(1, 3))
    stride = stride_for(19, step)
    ii, tilted = np.empty((18, stride), np.int32), np.empty((18, stride), np.int32)
    integral_images(image, step, ii, np.empty((0, stride), np.uint32))
    tilted_integral(image, step, tilted)
    x, y = data.draw(st.integers(0, 18)), data.draw(st.integers(0, 16))
    width, height = data.draw(st.integers(1, 19 - x)) if x < 19 else 0, data.draw(st.integers(1, 17 - y))
    a, b, c, d = ii.ravel()[upright_corners(np.array([x, y, width, height]), stride, step)].tolist()
    assert a - b - c + d == image[y : y + height, x : x + width].sum()
    width, height = data.draw(st.integers(0, 19 - x)), data.draw(st.integers(0, x))
    if width + height <= 17 - y:
        a, b, c, d = tilted.ravel()[tilted_corners(np.array([x, y, width, height]), stride, step)].tolist()
        assert a - b - c + d == slow_tilted_sum(image, x, y, width, height)


@pytest.mark.parametrize("step", [1, 2])
def test_corners_of_a_grid(step: int) -> None:
    stride = stride_for(23, step)
    corners = grid_corners(np.array([[1, 2, 3, 4], [5, 0, 1, 2]]), stride, step)
    expected = [
        flat_indices(np.array(1 + i * 3), np.array(2 + j * 4), stride, step) for j in range(4) for i in range(4)
    ]
    np.testing.assert_array_equal(corners[0], expected)
    assert corners.shape == (2, 16)
