"""Agreement with pytorch-metric-learning, values and gradients, in float64.

Where the angle passes pi - m, its ArcFace and SubCenterArcFace go on as cos(theta) - m sin(m), which jumps; ours go on
without a jump: compared below that angle. Its SphereFace and LargeMarginSoftmax have no annealing.
"""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytorch_metric_learning import losses

from eigen2arc.core.plugins import build

Faces = tuple[torch.Tensor, torch.Tensor]
Around = Callable[[torch.Tensor], torch.Tensor]

D, CLASSES, M = 5, 4, 0.5
NO_ANNEALING = {"lambda_base": 0.0, "lambda_least": 0.0}
SIZE = {"num_classes": CLASSES, "embedding_size": D}

#: Our loss and settings; theirs.
PAIRS: dict[str, tuple[dict[str, Any], Callable[[], torch.nn.Module]]] = {
    "arcface": ({"scale": 16.0}, lambda: losses.ArcFaceLoss(margin=math.degrees(M), scale=16, **SIZE)),
    "cosface": ({"scale": 16.0, "margin": 0.3}, lambda: losses.CosFaceLoss(margin=0.3, scale=16, **SIZE)),
    "sphereface": (NO_ANNEALING, lambda: losses.SphereFaceLoss(margin=4, **SIZE)),
    "l_softmax": (NO_ANNEALING, lambda: losses.LargeMarginSoftmaxLoss(margin=4, **SIZE)),
    "normface": ({"scale": 8.0}, lambda: losses.NormalizedSoftmaxLoss(temperature=1 / 8.0, **SIZE)),
    "subcenter_arcface": (
        {"scale": 16.0},
        lambda: losses.SubCenterArcFaceLoss(margin=math.degrees(M), scale=16, sub_centers=3, **SIZE),
    ),
}


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # of theirs, beside numpy 2
@pytest.mark.parametrize("name", list(PAIRS))
def test_it_agrees(name: str, faces: Faces, around: Around) -> None:
    settings, theirs = PAIRS[name]
    torch.manual_seed(0)
    ours = build("loss", name, embedding_size=D, classes=CLASSES, **settings).double()
    theirs = theirs().double()
    theirs.W.data = ours.weight.detach().T.clone()
    own_centre = ours.weight[: len(ours.weight) : len(ours.weight) // CLASSES]
    x, labels = around(own_centre), faces[1]
    if "arcface" in name:
        near = torch.cosine_similarity(x, own_centre[labels]) > -math.cos(M)
        assert near.sum() > len(x) / 2
        x, labels = x[near], labels[near]
    x = x.detach().requires_grad_()
    value, expected = ours(x, labels), theirs(x, labels)
    torch.testing.assert_close(value, expected, rtol=1e-6, atol=0)
    ours_slopes = torch.autograd.grad(value, (x, ours.weight))
    theirs_slopes = torch.autograd.grad(expected, (x, theirs.W))
    torch.testing.assert_close(ours_slopes[0], theirs_slopes[0], rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(ours_slopes[1], theirs_slopes[1].T, rtol=1e-6, atol=1e-8)
