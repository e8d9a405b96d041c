"""Sliding windows, counted and covered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.proposals.sliding_window import MAX_WINDOWS, build
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou


def test_one_size_by_hand() -> None:
    boxes = build(min_size_px=4, scale_factor=100, aspects=(1.0,), stride=0.5).propose(np.zeros((6, 9, 3), np.uint8))
    # x: 0, 2, 4 and 5 at the border; y: 0 and 2 at the border.
    expected = {(x, y, x + 4, y + 4) for x in (0, 2, 4, 5) for y in (0, 2)}
    assert len(boxes) == 8
    assert {tuple(box) for box in boxes.tolist()} == expected


def test_an_aspect_keeps_the_area() -> None:
    boxes = build(min_size_px=20, scale_factor=100, aspects=(0.25, 4.0)).propose(np.zeros((64, 64, 3), np.uint8))
    assert {(w, h) for w, h in (boxes[:, 2:] - boxes[:, :2]).tolist()} == {(10, 40), (40, 10)}


@given(
    st.integers(24, 90),
    st.integers(24, 90),
    st.floats(20, 60),
    st.floats(0.75, 1.0),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_whatever_fits_is_covered(width: int, height: int, side: float, aspect: float, x: float, y: float) -> None:
    """Half a stride off on each axis and half a scale: no box is further than that from the nearest window."""
    w, h = side * aspect**0.5, side / aspect**0.5
    if w > width or h > height or side > min(width, height) / 1.2:
        return
    left, top = x * (width - w), y * (height - h)
    boxes = build().propose(np.zeros((height, width, 3), np.uint8))
    assert iou(boxes, np.array([[left, top, left + w, top + h]], np.float32)).max() > 0.5


def test_too_many_windows_are_refused_before_they_are_made() -> None:
    image = np.broadcast_to(np.zeros(3, np.uint8), (3000, 3000, 3))
    with pytest.raises(UserError, match=rf"more than {MAX_WINDOWS:,}: raise min_size_px"):
        build(min_size_px=2).propose(image)
