"""MTCNN's box arithmetic, against cases worked by hand and properties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.deep.detect.mtcnn.boxes import regress, to_squares, to_windows


def test_regression_by_hand() -> None:
    box = torch.tensor([[10.0, 20, 29, 59]])
    offsets = torch.tensor([[0.1, -0.1, 0.2, 0.05]])
    np.testing.assert_allclose(regress(box, offsets, 1), [[12, 16, 33, 61]], rtol=1e-6)
    np.testing.assert_allclose(regress(box, offsets, 0), [[11.9, 16.1, 32.8, 60.95]], rtol=1e-6)


def test_squares_keep_the_centre_and_the_longer_side() -> None:
    corner = torch.rand((50, 2), generator=torch.Generator().manual_seed(2)) * 60
    boxes = torch.cat([corner, corner + 5 + corner.flip(0)], dim=1)
    squares = to_squares(boxes)
    side = squares[:, 2:] - squares[:, :2]
    np.testing.assert_allclose(side[:, 0], side[:, 1], rtol=1e-4)
    np.testing.assert_allclose(side[:, 0], (boxes[:, 2:] - boxes[:, :2]).amax(dim=1), rtol=1e-4)
    np.testing.assert_allclose(squares[:, :2] + squares[:, 2:], boxes[:, :2] + boxes[:, 2:], rtol=1e-4)


BOXES = torch.tensor(
    [[1.0, 1, 24, 24], [-5.9, 3.7, 18.2, 40.9], [31, 2, 50, 9], [31, 2, 50, 9], [-9, -9, -1, -1], [5, 5, 4, 9]]
)
SIZE = torch.tensor([[20, 30]] * 3 + [[20, 40]] + [[20, 30]] * 2)


def test_windows_count_from_nought_and_reach_over_their_image() -> None:
    windows, inside = to_windows(BOXES, SIZE)
    assert inside.tolist() == [True, True, False, True, False, False]
    # The MATLAB's 1..24 are our 0..24.
    assert windows[inside].tolist() == [[0, 0, 24, 24], [-7, 2, 18, 40], [30, 1, 50, 9]]


def test_clipped_windows_stay_in_their_image() -> None:
    windows, inside = to_windows(BOXES, SIZE, pad=False)
    assert inside.tolist() == [True, True, False, True, False, False]
    # The MATLAB's 1..20 of 20 rows are our 0..20.
    assert windows[inside].tolist() == [[0, 0, 24, 20], [0, 2, 18, 20], [30, 1, 40, 9]]


@given(st.integers(-80, 80), st.integers(-40, 40))
def test_windows_move_with_their_boxes(eighths: int, by: int) -> None:
    corner = eighths / 8
    box = torch.tensor([[corner, corner, corner + 5, corner + 8]])
    size = torch.tensor([[9, 9]])
    assert torch.equal(to_windows(box + by, size)[0], to_windows(box, size)[0] + by)


@pytest.mark.parametrize("odd", [torch.inf, -torch.inf, torch.nan, 3e38, -3e38])
def test_boxes_of_odd_numbers_are_whole_windows(odd: float) -> None:
    boxes = torch.tensor([[odd, odd, odd, odd], [-3e38, -3e38, 3e38, 3e38]])
    windows, inside = to_windows(boxes, torch.tensor([[20, 30]] * 2))
    assert inside.tolist() == [False, True]
    assert windows[1].abs().max() <= 1e9 + 1
