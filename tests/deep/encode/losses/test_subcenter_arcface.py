"""Sub-center ArcFace against a loop over classes and their sub-centres."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

Angle = Callable[[np.ndarray, np.ndarray], float]
SlowLoss = Callable[..., float]
Around = Callable[[torch.Tensor], torch.Tensor]
Faces = tuple[torch.Tensor, torch.Tensor]


def subcenter(**settings: float) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", "subcenter_arcface", embedding_size=5, classes=4, **settings)
    return loss.double()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_nearest_sub_centre_stands_for_its_class(faces: Faces, angle: Angle, slow_loss: SlowLoss, k: int) -> None:
    loss, (x, labels) = subcenter(scale=16.0, margin_rad=0.4, sub_centres=k), faces
    x[:6] = -x[:6].norm(dim=1, keepdim=True) * loss.weight.detach()[labels[:6] * k]  # some far away

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        values = []
        for j in range(4):
            theta = min(angle(x, weight[j * k + i]) for i in range(k))
            harder = np.cos(theta + 0.4) if theta + 0.4 < np.pi else np.cos(theta) - 1 + np.cos(0.4)
            values.append(16.0 * (harder if j == label else np.cos(theta)))
        return values

    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)


def test_only_the_nearest_sub_centres_learn() -> None:
    loss, x = subcenter(sub_centres=3, scale=4.0), torch.randn(1, 5, dtype=torch.float64)
    loss(x, torch.tensor([2])).backward()
    nearest = torch.cosine_similarity(x, loss.weight).view(4, 3).argmax(dim=1)
    learned = (loss.weight.grad != 0).any(dim=1).view(4, 3)
    assert torch.equal(learned, torch.nn.functional.one_hot(nearest, 3).bool())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scale": 0.0}, "scale"),
        ({"margin_rad": 2.0}, "radians"),
        ({"sub_centres": 0}, "sub_centres"),
        ({"sub_centres": 1.5}, "whole"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        subcenter(**settings)
