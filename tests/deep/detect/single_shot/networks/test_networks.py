"""The networks: shapes for any size, gradients everywhere, and the same results when fused."""

import pytest
import torch

from eigen2arc.deep.detect.single_shot.anchors.anchors import count_anchors
from eigen2arc.deep.detect.single_shot.anchors.targets import Targets
from eigen2arc.deep.detect.single_shot.inference.fusion import fuse
from eigen2arc.deep.detect.single_shot.networks.heads import Predictions
from eigen2arc.deep.detect.single_shot.networks.variants import NETWORKS, make
from eigen2arc.deep.detect.single_shot.training.multitask_loss import multitask_loss

CPU = torch.device("cpu")
DETECTOR = {variant: detector for detector, variants in NETWORKS.items() for variant in variants}
LARGE = ("resnet50", "ssh")
SMALL = [variant for variant in DETECTOR if variant not in LARGE]


def lively(variant: str) -> torch.nn.Module:
    """Random weights, with normalisations that do something."""
    torch.manual_seed(3)
    network = make(variant, DETECTOR[variant])
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
            module.running_mean.normal_(std=0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network.eval()


def picture(images: int, height: int, width: int) -> torch.Tensor:
    return torch.randn(images, 3, height, width, generator=torch.Generator().manual_seed(4)) * 50


@pytest.mark.parametrize("variant", SMALL)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (12, 12), (65, 97), (64, 128), (3, 200)])
@torch.inference_mode()
def test_there_is_a_prediction_for_every_anchor(variant: str, height: int, width: int) -> None:
    network = lively(variant)
    anchors = count_anchors(height, width, network.scheme.levels)
    found = network(picture(2, height, width))
    assert [tuple(part.shape) for part in found] == [(2, anchors, 2), (2, anchors, 4), (2, anchors, 10)]
    assert found.probability.shape == (2, anchors)


@pytest.mark.parametrize("variant", SMALL)
@torch.inference_mode()
def test_fused_it_says_the_same(variant: str) -> None:
    network = lively(variant)
    pictures = [picture(1, 70, 90), picture(3, 33, 64), picture(1, 5, 5)]
    plain = [network(x) for x in pictures]
    fast = fuse(network, CPU)
    for x, expected in zip(pictures, plain, strict=True):
        got = fast(x.contiguous(memory_format=torch.channels_last))
        for a, b in zip(got, expected, strict=True):
            torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("variant", LARGE)
@torch.inference_mode()
def test_large_ones_too(variant: str) -> None:
    network = lively(variant)
    x = picture(1, 65, 97)
    expected = network(x)
    assert expected.boxes.shape == (1, count_anchors(65, 97, network.scheme.levels), 4)
    for a, b in zip(fuse(network, CPU)(x), expected, strict=True):
        # Random weights give outputs in the thousands: rounding is measured by the largest of them.
        torch.testing.assert_close(a, b, atol=1e-5 * float(b.abs().max()), rtol=0)


@pytest.mark.parametrize("variant", SMALL)
def test_the_loss_reaches_every_parameter(variant: str) -> None:
    torch.manual_seed(0)
    network = make(variant, DETECTOR[variant]).train()
    predictions = network(picture(2, 96, 96))
    n = predictions.logits.shape[1]
    matched = torch.arange(n).remainder(3).sub(1).expand(2, n)
    wanted = Targets(matched, torch.randn(2, n, 4), torch.randn(2, n, 10))
    multitask_loss(predictions, wanted).total().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_the_probability_is_the_softmax() -> None:
    logits = torch.randn(2, 9, 2)
    found = Predictions(logits, torch.zeros(2, 9, 4), torch.zeros(2, 9, 10)).probability
    torch.testing.assert_close(found, logits.softmax(dim=2)[..., 1])


@pytest.mark.gpu
@torch.inference_mode()
def test_on_a_gpu_it_says_the_same() -> None:
    network = lively("mobilenet0.25")
    x = picture(2, 120, 160)
    expected = network(x)
    got = fuse(network, torch.device("cuda"))(x.cuda())
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a.cpu(), b, atol=2e-2, rtol=2e-2)
