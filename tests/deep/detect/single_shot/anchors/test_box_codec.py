"""Boxes and points to offsets and back, and a case worked by hand."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.deep.detect.single_shot.anchors.box_codec import (
    MOST_GROWTH,
    decode_boxes,
    decode_points,
    encode_boxes,
    encode_points,
)


def test_worked_by_hand() -> None:
    anchor = torch.tensor([[100.0, 50.0, 20.0, 40.0]])
    box = torch.tensor([[94.0, 30.0, 114.0, 110.0]])  # centre 104 70, sides 20 80
    expected = [[4 / 2, 20 / 4, 0.0, np.log(2) / 0.2]]
    torch.testing.assert_close(encode_boxes(box, anchor), torch.tensor(expected, dtype=torch.float32))
    points = torch.tensor([[[101.0, 52.0], [100, 50], [80, 10], [120, 90], [110, 70]]])
    offsets = torch.tensor([[0.5, 0.5, 0, 0, -10, -10, 10, 10, 5, 5]])
    torch.testing.assert_close(encode_points(points, anchor), offsets)


@given(st.integers(0, 2**31))
def test_what_is_encoded_is_decoded(seed: int) -> None:
    rng = np.random.default_rng(seed)
    anchors = torch.tensor(np.concatenate([rng.uniform(0, 500, (6, 2)), rng.uniform(5, 400, (6, 2))], axis=1))
    corner, side = rng.uniform(-50, 500, (6, 2)), rng.uniform(1, 400, (6, 2))
    boxes = torch.tensor(np.concatenate([corner, corner + side], axis=1))
    points = torch.tensor(rng.uniform(-50, 500, (6, 5, 2)))
    torch.testing.assert_close(decode_boxes(encode_boxes(boxes, anchors), anchors), boxes)
    torch.testing.assert_close(decode_points(encode_points(points, anchors), anchors), points)


def test_a_batch_is_broadcast_over_the_anchors() -> None:
    generator = torch.Generator().manual_seed(1)
    anchors = torch.rand(7, 4, generator=generator) + 1
    offsets = torch.randn(3, 7, 4, generator=generator)
    points = torch.randn(3, 7, 10, generator=generator)
    for image in range(3):
        torch.testing.assert_close(decode_boxes(offsets, anchors)[image], decode_boxes(offsets[image], anchors))
        torch.testing.assert_close(decode_points(points, anchors)[image], decode_points(points[image], anchors))


def test_points_that_are_not_known_stay_so_and_leave_the_others_alone() -> None:
    anchor = torch.tensor([[10.0, 10.0, 10.0, 10.0]])
    points = torch.full((1, 5, 2), 11.0)
    points[0, 2] = torch.nan
    offsets = encode_points(points, anchor)
    assert offsets.isnan().tolist() == [[False] * 4 + [True] * 2 + [False] * 4]
    torch.testing.assert_close(offsets[0, :4], torch.ones(4))


def test_an_untrained_network_gives_finite_boxes() -> None:
    anchor = torch.tensor([[10.0, 10.0, 16.0, 16.0]])
    boxes = decode_boxes(torch.tensor([[0.0, 0.0, 1e6, 1e6]]), anchor)
    torch.testing.assert_close(boxes[:, 2:] - boxes[:, :2], torch.full((1, 2), 16 * MOST_GROWTH), rtol=1e-4, atol=0)
