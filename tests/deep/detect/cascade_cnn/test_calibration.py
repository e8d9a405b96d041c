"""Calibration patterns: their number, their application by a slow loop, and that the right one puts a window back."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.geometry import iou
from eigen2arc.deep.detect.cascade_cnn.calibration import PATTERNS, T, adjust, average, nearest_pattern

FACES = torch.tensor([[10.0, 20, 50, 60], [-4, 3, 28, 35], [100, 7, 112.5, 19.5]])


def moved_away(face: torch.Tensor, pattern: torch.Tensor) -> torch.Tensor:
    """The square window that a pattern takes onto a square face, (1) solved by hand."""
    s, x, y = pattern.tolist()
    side = float(face[2] - face[0])
    left, top = float(face[0]) + x * side, float(face[1]) + y * side
    return torch.tensor([left, top, left + s * side, top + s * side])


def offsets(window: torch.Tensor, face: torch.Tensor) -> torch.Tensor:
    """As training_windows.label_windows gives them."""
    return (face - window) / (window[2] - window[0])


def test_there_are_45_different_patterns_and_one_changes_nothing() -> None:
    assert PATTERNS.shape == (45, 3)
    assert len(PATTERNS.unique(dim=0)) == 45
    torch.testing.assert_close(adjust(FACES, PATTERNS[22]), FACES)


def test_patterns_by_a_slow_loop() -> None:
    for box in FACES:
        for pattern in PATTERNS:
            (x, y, right, bottom), (s, x_n, y_n) = box.tolist(), pattern.tolist()
            w, h = right - x, bottom - y
            left, top = x - x_n * w / s, y - y_n * h / s
            expected = torch.tensor([left, top, left + w / s, top + h / s])
            torch.testing.assert_close(adjust(box[None], pattern[None])[0], expected)


def test_a_window_that_a_pattern_was_undone_for_is_put_back_and_recognised() -> None:
    for face in FACES:
        windows = torch.stack([moved_away(face, pattern) for pattern in PATTERNS])
        torch.testing.assert_close(adjust(windows, PATTERNS), face.expand(45, 4), atol=1e-4, rtol=1e-5)
        assert nearest_pattern(torch.stack([offsets(window, face) for window in windows])).tolist() == list(range(45))


@given(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.floats(0.7, 1.4), st.floats(0.7, 1.4))
def test_the_nearest_pattern_is_the_one_with_the_closest_numbers(dx: float, dy: float, w: float, aspect: float) -> None:
    h = w * aspect
    side = math.sqrt(w * h)
    left, top = dx + (w - side) / 2, dy + (h - side) / 2
    wanted = 1 / side, -left / side, -top / side
    distances = [
        [abs(math.log(wanted[0] / s)), abs(wanted[1] - x), abs(wanted[2] - y)] for s, x, y in PATTERNS.tolist()
    ]
    chosen = int(nearest_pattern(torch.tensor([[dx, dy, dx + w - 1, dy + h - 1]]))[0])
    assert all(np.array(distances[chosen]) <= np.min(distances, axis=0) + 1e-5)


def test_the_square_of_the_same_area_overlaps_a_face_the_most() -> None:
    face = np.array([[0.0, 0, 3, 4]])
    overlaps = [
        iou(np.array([[1.5 - a / 2, 2 - a / 2, 1.5 + a / 2, 2 + a / 2]]), face)[0, 0] for a in np.arange(3, 4, 0.001)
    ]
    assert 3 + 0.001 * np.argmax(overlaps) == pytest.approx(math.sqrt(12), abs=2e-3)


def test_the_average_is_that_of_the_patterns_above_the_threshold() -> None:
    logits = 2 * torch.randn((50, 45), generator=torch.Generator().manual_seed(3))
    for row, change in zip(logits, average(logits), strict=True):
        p = [math.exp(v) for v in row.tolist()]
        chosen = [PATTERNS[n].tolist() for n in range(45) if p[n] / sum(p) > T]
        expected = np.mean(chosen, axis=0) if chosen else [1, 0, 0]
        np.testing.assert_allclose(change.numpy(), expected, atol=1e-5)


def test_a_window_that_no_pattern_is_believed_for_stays() -> None:
    change = average(torch.zeros(2, 45))
    assert adjust(FACES[:2], change).tolist() == FACES[:2].tolist()
    assert average(torch.zeros(0, 45)).shape == (0, 3)
