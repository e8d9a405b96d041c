"""Windows under boxes: means over areas, computed another way."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.image.crop_windows import crop_windows


@pytest.fixture
def grey(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (40, 50), dtype=np.uint8)


def slow(grey: np.ndarray, box: tuple[float, float, float, float], size_px: int) -> np.ndarray:
    """Each cell's mean: every pixel, weighted by how much of it lies in the cell; outside, the nearest pixel."""
    x1, y1, x2, y2 = box
    out = np.zeros((size_px, size_px))
    for row in range(size_px):
        for column in range(size_px):
            left, right = x1 + (x2 - x1) * column / size_px, x1 + (x2 - x1) * (column + 1) / size_px
            top, bottom = y1 + (y2 - y1) * row / size_px, y1 + (y2 - y1) * (row + 1) / size_px
            for y in range(int(np.floor(top)), int(np.ceil(bottom))):
                for x in range(int(np.floor(left)), int(np.ceil(right))):
                    share = (min(right, x + 1) - max(left, x)) * (min(bottom, y + 1) - max(top, y))
                    pixel = grey[min(max(y, 0), len(grey) - 1), min(max(x, 0), grey.shape[1] - 1)]
                    out[row, column] += share * float(pixel)
    return out / ((x2 - x1) * (y2 - y1) / size_px**2)


def test_a_box_of_the_windows_size_is_copied(grey: np.ndarray) -> None:
    (window,) = crop_windows(grey, np.array([[7, 5, 31, 29]]), 24)
    np.testing.assert_array_equal(window, grey[5:29, 7:31])


def test_a_whole_multiple_equals_area_resampling(grey: np.ndarray) -> None:
    (window,) = crop_windows(grey, np.array([[2.0, 4.0, 50.0, 40.0]]), 12)
    theirs = cv2.resize(grey[4:, 2:], (12, 12), interpolation=cv2.INTER_AREA)
    assert np.abs(window.astype(int) - theirs).max() <= 1  # halves may round either way


corner = st.floats(-15, 45)
side = st.floats(0.5, 40)


@given(corner, corner, side, side, st.integers(1, 6))
def test_any_box_equals_a_loop_over_pixels(x: float, y: float, width: float, height: float, size_px: int) -> None:
    grey = np.random.default_rng(1).integers(0, 256, (30, 20), dtype=np.uint8)
    (window,) = crop_windows(grey, np.array([[x, y, x + width, y + height]]), size_px)
    assert np.abs(window - slow(grey, (x, y, x + width, y + height), size_px)).max() <= 0.5 + 1e-3


def test_a_window_does_not_depend_on_the_others(grey: np.ndarray, rng: np.random.Generator) -> None:
    corners = rng.uniform(-5, 30, (40, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(3, 30, (40, 2))], axis=1)
    together = crop_windows(grey, boxes, 8)
    np.testing.assert_array_equal(together, np.concatenate([crop_windows(grey, box[None], 8) for box in boxes]))
    assert crop_windows(grey, boxes[:0], 8).shape == (0, 8, 8)


def test_empty_boxes_are_refused(grey: np.ndarray) -> None:
    with pytest.raises(ValueError, match="boxes: expected x2 > x1"):
        crop_windows(grey, np.array([[3.0, 3.0, 3.0, 9.0]]), 8)
