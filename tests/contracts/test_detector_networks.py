"""What every single-shot network keeps: predictions for images of any size, gradients everywhere, the same fused."""

import pytest
import torch

from eigen2arc.core.plugins import build, plugins
from eigen2arc.deep.detect.single_shot.anchors.anchors import count_anchors
from eigen2arc.deep.detect.single_shot.anchors.targets import Targets
from eigen2arc.deep.detect.single_shot.inference.fusion import fuse
from eigen2arc.deep.detect.single_shot.networks.network import DetectorNetwork
from eigen2arc.deep.detect.single_shot.training.multitask_loss import multitask_loss

CPU = torch.device("cpu")
NAMES = list(plugins("detector_network"))
LARGE = ("resnet50", "ssh")
SMALL = [name for name in NAMES if name not in LARGE]


def lively(name: str) -> DetectorNetwork:
    """Random weights, with normalisations that do something."""
    torch.manual_seed(3)
    network: DetectorNetwork = build("detector_network", name)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
            module.running_mean.normal_(std=0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network.eval()


def picture(images: int, height: int, width: int) -> torch.Tensor:
    return torch.randn(images, 3, height, width, generator=torch.Generator().manual_seed(4)) * 50


@pytest.mark.parametrize("name", NAMES)
def test_a_detector_and_a_trainer_are_for_it(name: str) -> None:
    with torch.device("meta"):  # shapes without weights
        network = build("detector_network", name)
    assert {network.detector} <= plugins("detector").keys() & plugins("trainer").keys()


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (12, 12), (65, 97), (64, 128), (3, 200)])
@torch.inference_mode()
def test_there_is_a_prediction_for_every_anchor(name: str, height: int, width: int) -> None:
    network = lively(name)
    anchors = count_anchors(height, width, network.scheme.levels)
    found = network(picture(2, height, width))
    assert [tuple(part.shape) for part in found] == [(2, anchors, 2), (2, anchors, 4), (2, anchors, 10)]
    assert found.probability.shape == (2, anchors)


@pytest.mark.parametrize("name", SMALL)
@torch.inference_mode()
def test_fused_it_says_the_same(name: str) -> None:
    network = lively(name)
    pictures = [picture(1, 70, 90), picture(3, 33, 64), picture(1, 5, 5)]
    plain = [network(x) for x in pictures]
    fast = fuse(network, CPU)
    for x, expected in zip(pictures, plain, strict=True):
        got = fast(x.contiguous(memory_format=torch.channels_last))
        for a, b in zip(got, expected, strict=True):
            torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
@torch.inference_mode()
def test_large_ones_too(name: str) -> None:
    network = lively(name)
    x = picture(1, 65, 97)
    expected = network(x)
    assert expected.boxes.shape == (1, count_anchors(65, 97, network.scheme.levels), 4)
    for a, b in zip(fuse(network, CPU)(x), expected, strict=True):
        # Random weights give outputs in the thousands: rounding is measured by the largest of them.
        torch.testing.assert_close(a, b, atol=1e-5 * float(b.abs().max()), rtol=0)


@pytest.mark.parametrize("name", SMALL)
def test_the_loss_reaches_every_parameter(name: str) -> None:
    torch.manual_seed(0)
    network = build("detector_network", name).train()
    predictions = network(picture(2, 96, 96))
    n = predictions.logits.shape[1]
    matched = torch.arange(n).remainder(3).sub(1).expand(2, n)
    wanted = Targets(matched, torch.randn(2, n, 4), torch.randn(2, n, 10))
    multitask_loss(predictions, wanted).total().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_makes_the_same_weights(name: str) -> None:
    first, second = lively(name).state_dict(), lively(name).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.gpu
@torch.inference_mode()
def test_on_a_gpu_it_says_the_same() -> None:
    network = lively("mobilenet025")
    x = picture(2, 120, 160)
    expected = network(x)
    got = fuse(network, torch.device("cuda"))(x.cuda())
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a.cpu(), b, atol=2e-2, rtol=2e-2)
