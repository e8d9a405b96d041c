"""Plain softmax against a loop."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from eigen2arc.core.plugins import build

Angle = Callable[[np.ndarray, np.ndarray], float]
SlowLoss = Callable[..., float]
Around = Callable[[torch.Tensor], torch.Tensor]
Faces = tuple[torch.Tensor, torch.Tensor]


def softmax() -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", "softmax", embedding_size=5, classes=4).double()
    torch.nn.init.normal_(loss.bias)
    return loss


def test_it_is_the_cross_entropy_of_weight_and_bias(faces: Faces, slow_loss: SlowLoss) -> None:
    loss, (x, labels) = softmax(), faces
    bias = loss.bias.detach().tolist()

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        return [float(w @ x) + b for w, b in zip(weight, bias, strict=True)]

    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)


def test_with_nothing_known_it_is_the_logarithm_of_the_classes(faces: Faces) -> None:
    loss = softmax()
    for p in loss.parameters():
        torch.nn.init.zeros_(p)
    assert loss(*faces).item() == pytest.approx(np.log(4))
