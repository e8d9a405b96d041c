"""Anchors against the obvious loops."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.deep.detect.single_shot.anchors.anchors import Level, anchors, count_anchors

LEVELS = (Level(8, (10, 16, 24)), Level(16, (32, 48)), Level(32, (64.5,)))


def slow(height: int, width: int) -> list[list[float]]:
    found = []
    for stride, sizes in LEVELS:
        for top in range(0, height, stride):
            for left in range(0, width, stride):
                found += [[left + stride / 2, top + stride / 2, size, size] for size in sizes]
    return found


@given(st.integers(1, 70), st.integers(1, 70))
def test_every_cell_of_every_level_has_its_squares(height: int, width: int) -> None:
    made = anchors(height, width, LEVELS)
    assert made.dtype == torch.float32
    assert made.tolist() == slow(height, width)
    assert count_anchors(height, width, LEVELS) == len(made)


def test_the_count_of_a_huge_image_needs_no_memory() -> None:
    assert count_anchors(8_000_000, 8_000_000, (Level(8, (16, 32)),)) == 2 * 10**12
