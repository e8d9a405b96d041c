"""The cascade's losses, against slow loops over the samples."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from eigen2arc.deep.detect.mtcnn.loss import CascadeLoss, box_loss, detection_loss, hardest_mean, landmark_loss
from eigen2arc.deep.detect.mtcnn.networks import ONet, PNet
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, NOTHING_SURE, PART, POSITIVE

KIND = torch.tensor([NEGATIVE, POSITIVE, PART, NOTHING_SURE, NEGATIVE, POSITIVE, PART, NEGATIVE, NEGATIVE, POSITIVE])


def slow_hardest(losses: list[float]) -> float:
    chosen = sorted(losses, reverse=True)[: max(1, round(0.7 * len(losses)))]
    return sum(chosen) / len(chosen)


def random(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(sum(shape)))


def test_detection_by_a_loop() -> None:
    p = random(10)
    slow = [
        -math.log(value if kind == POSITIVE else 1 - value)
        for value, kind in zip(p.tolist(), KIND.tolist(), strict=True)
        if kind in (POSITIVE, NEGATIVE)
    ]
    assert detection_loss(p, KIND).item() == pytest.approx(slow_hardest(slow), rel=1e-5)


def test_boxes_and_points_by_a_loop() -> None:
    moved, offsets, located, points = random(10, 4), random(10, 4) - 1, random(10, 10), random(10, 5, 2)
    points[1, 2] = torch.nan
    boxes, marks = [], []
    for i, kind in enumerate(KIND.tolist()):
        if kind in (POSITIVE, PART):
            boxes.append(sum((moved[i, k] - offsets[i, k]).item() ** 2 for k in range(4)))
            if i != 1:
                x = sum((located[i, k] - points[i, k, 0]).item() ** 2 for k in range(5))
                y = sum((located[i, 5 + k] - points[i, k, 1]).item() ** 2 for k in range(5))
                marks.append(x + y)
    assert box_loss(moved, KIND, offsets).item() == pytest.approx(slow_hardest(boxes), rel=1e-5)
    assert landmark_loss(located, KIND, points).item() == pytest.approx(slow_hardest(marks), rel=1e-5)


def test_no_sample_is_no_loss() -> None:
    assert hardest_mean(torch.zeros(0)) == 0
    none = torch.full((3,), NOTHING_SURE)
    assert box_loss(random(3, 4), none, random(3, 4)) == 0


@pytest.mark.parametrize(("network", "side"), [(PNet(), 12), (ONet(), 48)])
def test_the_three_are_weighed_and_gradients_flow(network: nn.Module, side: int) -> None:
    crops = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (10, side, side, 3), dtype=np.uint8))
    rest = (KIND, random(10, 4), random(10, 5, 2))
    parts = [CascadeLoss(network, alpha)(crops, *rest).item() for alpha in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    total = CascadeLoss(network, (1.0, 0.5, 2.0))(crops, *rest)
    assert total.item() == pytest.approx(parts[0] + 0.5 * parts[1] + 2 * parts[2], rel=1e-5)
    assert (parts[2] > 0) == isinstance(network, ONet)
    total.backward()
    assert all(p.grad is not None for p in network.parameters())


def test_a_sure_mistake_is_finite() -> None:
    assert torch.isfinite(detection_loss(torch.tensor([0.0, 1.0]), torch.tensor([POSITIVE, NEGATIVE])))
