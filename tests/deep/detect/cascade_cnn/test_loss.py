"""The two losses by slow loops over the samples that they concern."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from eigen2arc.deep.detect.cascade_cnn.calibration import nearest_pattern
from eigen2arc.deep.detect.cascade_cnn.loss import CalibrationLoss, DetectionLoss
from eigen2arc.deep.detect.cascade_cnn.networks import Networks
from eigen2arc.deep.detect.mtcnn.training_windows import NEGATIVE, NOTHING_SURE, PART, POSITIVE

KIND = torch.tensor([NEGATIVE, POSITIVE, PART, NOTHING_SURE, NEGATIVE, POSITIVE, PART, NEGATIVE])


def batch() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rng = np.random.default_rng(0)
    crops = torch.from_numpy(rng.integers(0, 256, (8, 12, 12, 3), dtype=np.uint8))
    offsets = torch.from_numpy(rng.uniform(-0.2, 0.2, (8, 4)).astype(np.float32))
    return crops, KIND, offsets, torch.full((8, 5, 2), torch.nan)


def probabilities(network: nn.Module, crop: Tensor) -> list[float]:
    x = (crop.permute(2, 0, 1).float() - 127.5) / 128
    return network(x[None])[0].softmax(dim=0).tolist()


def test_detection_by_a_loop() -> None:
    network, (crops, *rest) = Networks.new().net12, batch()
    slow = [
        -math.log(probabilities(network, crop)[int(kind == POSITIVE)])
        for crop, kind in zip(crops, KIND.tolist(), strict=True)
        if kind in (POSITIVE, NEGATIVE)
    ]
    assert DetectionLoss(network)(crops, *rest).item() == pytest.approx(np.mean(slow), rel=1e-4)


def test_calibration_by_a_loop() -> None:
    network, (crops, kinds, offsets, points) = Networks.new().calibration12, batch()
    slow = [
        -math.log(probabilities(network, crop)[int(nearest_pattern(offset[None])[0])])
        for crop, kind, offset in zip(crops, kinds.tolist(), offsets, strict=True)
        if kind in (POSITIVE, PART)
    ]
    assert len(slow) == 4
    assert CalibrationLoss(network)(crops, kinds, offsets, points).item() == pytest.approx(np.mean(slow), rel=1e-4)


def test_gradients_reach_every_weight() -> None:
    networks = Networks.new()
    for network, size_px in ((networks.net48, 48), (networks.calibration24, 24)):
        crops = torch.randint(0, 256, (4, size_px, size_px, 3), dtype=torch.uint8)
        loss = DetectionLoss(network) if network is networks.net48 else CalibrationLoss(network)
        loss(crops, KIND[4:], torch.zeros(4, 4), torch.zeros(4, 5, 2)).backward()
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())
