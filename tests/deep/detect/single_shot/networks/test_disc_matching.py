"""DenseBox's targets against the obvious loops; faces of other sizes, over the border, beside each other."""

import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.single_shot.anchors.anchors import anchors
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE
from eigen2arc.deep.detect.single_shot.networks.densebox import DenseBox
from eigen2arc.deep.detect.single_shot.networks.disc_matching import match_discs
from eigen2arc.deep.detect.single_shot.training.data import anchor_targets

SCHEME = DenseBox.scheme
GRID = anchors(96, 128, SCHEME.levels)


def slow(faces: list[list[float]], grey_px: float) -> list[int]:
    cells = GRID[:, :2].tolist()
    matched = []
    for x, y in cells:
        found, nearest = NEGATIVE, math.inf
        for number, (x1, y1, x2, y2) in enumerate(faces):
            away, height = math.hypot(x - (x1 + x2) / 2, y - (y1 + y2) / 2), y2 - y1
            if 0.8 * 50 <= height <= 1.25 * 50 and away <= 0.3 * height and away < nearest:
                found, nearest = number, away
        matched.append(found)
    discs = [cell for cell, found in zip(cells, matched, strict=True) if found >= 0]
    for number, cell in enumerate(cells):
        if matched[number] == NEGATIVE and any(math.dist(cell, other) <= grey_px for other in discs):
            matched[number] = IGNORED
    return matched


@given(st.integers(0, 2**31), st.integers(0, 5))
def test_it_equals_the_loops(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(-25, 100, (n, 2))
    side = np.stack([rng.uniform(25, 60, n), rng.uniform(33, 70, n)], axis=1)
    faces = torch.tensor(np.concatenate([corner, corner + side], axis=1), dtype=torch.float32)
    for grey_px in (8.3, 0.0):
        assert match_discs(faces, GRID, grey_px=grey_px).tolist() == slow(faces.tolist(), grey_px)


def test_the_disc_and_the_grey_zone_around_it_count_cells() -> None:
    faces = torch.tensor([[38.0, 23.0, 78.0, 73.0]])  # middle 58, 48, height 50: a radius of 15
    matched = SCHEME.match(faces, GRID).reshape(24, 32)
    row = matched[11].tolist()  # y = 46: 2 above the middle, and the disc reaches from 43.1 to 72.9
    assert row[:9] == [NEGATIVE] * 9 and row[9:11] == [IGNORED] * 2
    assert row[11:18] == [0] * 7 and row[18:20] == [IGNORED] * 2 and row[20:] == [NEGATIVE] * 12
    assert 40 <= int((matched == 0).sum()) <= 48  # pi 15 ** 2 / 4 ** 2 = 44


def test_faces_of_other_sizes_are_background_and_those_to_be_ignored_teach_nothing() -> None:
    for height, wanted in ((39.9, False), (40.1, True), (62.4, True), (62.6, False)):
        matched = SCHEME.match(torch.tensor([[40.0, 20.0, 80.0, 20 + height]]), GRID)
        assert bool((matched == 0).any()) == wanted and (wanted or (matched == NEGATIVE).all())
    made = anchor_targets(Faces(np.array([[40.0, 20, 90, 70]]), np.zeros(1)), GRID, SCHEME)
    assert (made.matched == IGNORED).any() and not (made.matched >= 0).any()


def test_targets_are_the_distances_to_the_sides() -> None:
    face = Faces(np.array([[40.0, 20, 80, 70]]), np.ones(1), np.full((1, 5, 2), [60.0, 45]))
    made = anchor_targets(face, GRID, SCHEME)
    positive = np.flatnonzero(made.matched.numpy() == 0)
    assert len(positive) > 30
    for cell in positive:
        x, y = GRID[cell, :2].tolist()
        expected = [(x - 40) / 50, (y - 20) / 50, (x - 80) / 50, (y - 70) / 50]
        np.testing.assert_allclose(made.boxes[cell], expected, rtol=1e-5)
        np.testing.assert_allclose(made.points[cell], [(60 - x) / 5, (45 - y) / 5] * 5, atol=1e-5)
