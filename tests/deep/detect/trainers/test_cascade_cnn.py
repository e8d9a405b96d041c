"""Cascade-CNN's calibration, as its training measures it; what it learns stands in detectors/test_cascade_cnn.py."""

import pytest
import torch

from eigen2arc.deep.detect.trainers.cascade_cnn import overlap


def test_overlap_rises_to_one_where_the_patterns_are_right() -> None:
    offsets = torch.tensor([[0.0, 0, 0, 0], [0.17, 0.17, 0.17, 0.17]])
    sure = torch.zeros(2, 45)
    assert overlap(sure, offsets) == pytest.approx((1 + 0.83**2 / (2 - 0.83**2)) / 2)
    sure[0, 22], sure[1, 18] = 50, 50  # no change; s 1, x and y -0.17
    assert overlap(sure, offsets) == pytest.approx(1)
