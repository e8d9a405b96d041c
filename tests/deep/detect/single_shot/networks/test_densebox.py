"""DenseBox: its patches, its matching against the obvious loops, and its codec by a case worked by hand."""

import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.single_shot.anchors.anchors import anchors
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE
from eigen2arc.deep.detect.single_shot.networks.densebox import (
    DISTANCES,
    FACE_PX,
    SHIFT,
    ZOOM,
    DenseBox,
    cut_patch,
    match_discs,
)
from eigen2arc.deep.detect.single_shot.training.data import anchor_targets

SIZE_PX = 96
SCHEME = DenseBox.scheme
GRID = anchors(96, 128, SCHEME.levels)


def image_with_a_face(height: int, width: int, x: int, y: int, side: int) -> tuple[np.ndarray, Faces]:
    """Dark, with one bright square face."""
    image = np.full((height, width, 3), 40, np.uint8)
    image[y : y + side, x : x + side] = 220
    points = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.75], [0.65, 0.75]]) * side + [x, y]
    return image, Faces(np.array([[x, y, x + side, y + side]]), np.ones(1), points[None])


def around_the_face(image: np.ndarray, faces: Faces, seeds: range) -> list[tuple[np.ndarray, Faces]]:
    """The patches of those seeds that were cut around it."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    return [cut_patch(image, faces, SIZE_PX, rng) for rng in rngs if _first(rng) >= 0.5]


def _first(rng: np.random.Generator) -> float:
    """The number that the generator will draw next."""
    state = rng.bit_generator.state
    drawn = rng.random()
    rng.bit_generator.state = state
    return float(drawn)


def test_the_face_has_the_networks_size_and_is_in_the_middle() -> None:
    for x, y, side in ((20, 30, 12), (130, 0, 60), (0, 0, 120)):
        cut = around_the_face(*image_with_a_face(120, 190, x, y, side), range(40))
        assert len(cut) > 10
        heights = []
        for patch, faces in cut:
            assert patch.shape == (SIZE_PX, SIZE_PX, 3) and patch.dtype == np.uint8
            assert faces.scores.tolist() == [1]
            x1, y1, x2, y2 = faces.boxes[0]
            middle = np.array([x1 + x2, y1 + y2]) / 2
            assert np.abs(middle - SIZE_PX / 2).max() <= SHIFT * SIZE_PX + 0.01
            heights.append(y2 - y1)
        assert FACE_PX / ZOOM - 0.01 <= min(heights) < 45 and 55 < max(heights) <= FACE_PX * ZOOM + 0.01


def test_the_pixels_are_where_the_box_says() -> None:
    for patch, faces in around_the_face(*image_with_a_face(100, 140, 30, 40, 30), range(30)):
        grey = patch.astype(float).mean(axis=2)
        threshold = (grey.min() + grey.max()) / 2
        rows, columns = np.nonzero(grey > threshold)
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(seen, faces.boxes[0], atol=1.0)
        assert faces.landmarks is not None
        left, right = faces.landmarks[0, :2, 0]
        assert seen[0] < left < right < seen[2]


def test_large_and_small_images_and_those_without_a_face_are_cut_anywhere() -> None:
    rng = np.random.default_rng(3)
    for faces in (Faces.none(), Faces(np.array([[5, 5, 9, 9.0]]), np.ones(1)), Faces(np.zeros((1, 4)), np.ones(1))):
        patch, _ = cut_patch(np.zeros((30, 20, 3), np.uint8), faces, SIZE_PX, rng)
        assert patch.shape == (SIZE_PX, SIZE_PX, 3)
    image, faces = image_with_a_face(1200, 1600, 300, 200, 900)
    assert all(patch.shape == (SIZE_PX, SIZE_PX, 3) for patch, _ in around_the_face(image, faces, range(4)))


def test_a_face_to_be_ignored_is_never_chosen() -> None:
    image, faces = image_with_a_face(100, 140, 30, 40, 30)
    ignored = Faces(faces.boxes, np.zeros(1), faces.landmarks)
    for seed in range(20):
        _, moved = cut_patch(image, ignored, SIZE_PX, np.random.default_rng(seed))
        assert (moved.scores == 0).all()


def slow_match(faces: list[list[float]], grey_px: float) -> list[int]:
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
def test_matching_equals_the_loops(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(-25, 100, (n, 2))
    side = np.stack([rng.uniform(25, 60, n), rng.uniform(33, 70, n)], axis=1)
    faces = torch.tensor(np.concatenate([corner, corner + side], axis=1), dtype=torch.float32)
    for grey_px in (8.3, 0.0):
        assert match_discs(faces, GRID, grey_px=grey_px).tolist() == slow_match(faces.tolist(), grey_px)


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


def test_distances_worked_by_hand() -> None:
    anchor = torch.tensor([[100.0, 60.0, 50.0, 50.0]])
    box = torch.tensor([[80.0, 50.0, 110.0, 90.0]])  # 20 and 10 to the left and top, 10 and 30 to the right and bottom
    torch.testing.assert_close(DISTANCES.encode(box, anchor), torch.tensor([[0.4, 0.2, -0.2, -0.6]]))


@given(st.integers(0, 2**31))
def test_what_is_encoded_is_decoded_if_the_cell_is_in_the_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    centre = rng.uniform(0, 500, (6, 2))
    anchors = torch.tensor(np.concatenate([centre, rng.uniform(5, 100, (6, 2))], axis=1))
    boxes = torch.tensor(np.concatenate([centre - rng.uniform(0, 90, (6, 2)), centre + rng.uniform(0, 90, (6, 2))], 1))
    torch.testing.assert_close(DISTANCES.decode(DISTANCES.encode(boxes, anchors), anchors), boxes)


def test_whatever_a_network_says_is_a_finite_box_around_the_cell() -> None:
    anchors = torch.tensor([[10.0, 20.0, 50.0, 50.0]])
    wild = torch.tensor([[-3.0, 1e30, 4.0, -torch.inf], [0.1, -0.1, 0.2, -0.2]])
    boxes = DISTANCES.decode(wild, anchors)
    assert boxes.isfinite().all() and (boxes[:, 2:] >= boxes[:, :2]).all()
    torch.testing.assert_close(boxes[1], torch.tensor([5.0, 20.0, 10.0, 30.0]))


def test_a_batch_is_broadcast_over_the_anchors() -> None:
    generator = torch.Generator().manual_seed(1)
    anchors, offsets = torch.rand(7, 4, generator=generator) + 1, torch.randn(3, 7, 4, generator=generator)
    for image in range(3):
        torch.testing.assert_close(DISTANCES.decode(offsets, anchors)[image], DISTANCES.decode(offsets[image], anchors))
