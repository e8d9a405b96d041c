"""Distances to a box's sides and back, and a case worked by hand."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.deep.detect.single_shot.networks.distance_codec import DISTANCES


def test_worked_by_hand() -> None:
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
