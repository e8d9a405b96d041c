"""Matching against the obvious loops; faces that are missing, tiny, over the border, or share an anchor."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.geometry import iou
from eigen2arc.deep.detect.single_shot.anchors.anchors import Level, anchors
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE, match, to_corners

GRID = anchors(64, 96, (Level(8, (10, 20)), Level(32, (40, 80))))


def boxes(rng: np.random.Generator, n: int) -> torch.Tensor:
    corner = rng.uniform(-20, 80, (n, 2))
    return torch.tensor(np.concatenate([corner, corner + rng.uniform(0.5, 60, (n, 2))], axis=1), dtype=torch.float32)


def slow(faces: torch.Tensor, positive: float, negative: float, least: float) -> list[int]:
    overlap = iou(faces.double().numpy(), to_corners(GRID).double().numpy())
    matched = []
    for anchor in range(len(GRID)):
        face = int(overlap[:, anchor].argmax())
        share = overlap[face, anchor]
        matched.append(face if share >= positive else NEGATIVE if share < negative else IGNORED)
    claimed: dict[int, int] = {}
    for face in range(len(faces)):
        anchor = int(overlap[face].argmax())
        if overlap[face, anchor] >= least:
            rival = claimed.get(anchor)
            if rival is None or overlap[face, anchor] > overlap[rival, anchor]:
                claimed[anchor] = face
    for anchor, face in claimed.items():
        matched[anchor] = face
    return matched


@given(st.integers(0, 2**31), st.integers(1, 12))
def test_it_equals_the_loops(seed: int, n: int) -> None:
    faces = boxes(np.random.default_rng(seed), n)
    for positive, negative, least in ((0.35, 0.35, 0.2), (0.5, 0.3, 0.0001)):
        got = match(faces, GRID, positive_iou=positive, negative_iou=negative, least_iou=least)
        assert got.tolist() == slow(faces, positive, negative, least)


def test_without_faces_every_anchor_is_negative() -> None:
    assert match(torch.zeros(0, 4), GRID).tolist() == [NEGATIVE] * len(GRID)


def test_a_face_over_the_border_gets_an_anchor() -> None:
    faces = torch.tensor([[-12.0, -10.0, 9.0, 11.0]])
    matched = match(faces, GRID)
    assert (matched == 0).any()
    assert iou(faces.numpy(), to_corners(GRID[matched == 0]).numpy()).max() > 0.2


def test_a_face_far_smaller_than_all_anchors_or_without_area_gets_none() -> None:
    faces = torch.tensor([[20.0, 20.0, 22.0, 22.0], [30.0, 30.0, 30.0, 30.0], [9.0, 9.0, 5.0, 5.0]])
    assert (match(faces, GRID, positive_iou=0.35, negative_iou=0.35, least_iou=0.2) == NEGATIVE).all()


def test_every_face_apart_from_the_others_gets_its_best_anchor() -> None:
    faces = torch.tensor([[0.0, 0.0, 14.0, 14.0], [40.0, 30.0, 54.0, 44.0]])  # below 0.6 with every anchor
    matched = match(faces, GRID, positive_iou=0.9, negative_iou=0.9)
    assert sorted(matched[matched >= 0].tolist()) == [0, 1]
