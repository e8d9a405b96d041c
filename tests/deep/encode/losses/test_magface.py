"""MagFace against a loop with angles and lengths, and its regulariser."""

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


def magface(**settings: float) -> torch.nn.Module:
    torch.manual_seed(0)
    bounds = {"l_a": 1.0, "u_a": 5.0}
    loss: torch.nn.Module = build("loss", "magface", embedding_size=5, classes=4, **(bounds | settings))
    return loss.double()


def test_margin_and_regulariser_go_by_length(faces: Faces, around: Around, angle: Angle, slow_loss: SlowLoss) -> None:
    loss, labels = magface(scale=16.0, l_m_rad=0.2, u_m_rad=0.7, lambda_g=3.0), faces[1]

    def length(x: np.ndarray) -> float:
        return min(5.0, max(1.0, float(np.linalg.norm(x))))

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        m = 0.2 + (0.7 - 0.2) * (length(x) - 1) / (5 - 1)
        values = []
        for j, w in enumerate(weight):
            theta = angle(x, w)
            harder = np.cos(theta + m) if theta + m < np.pi else np.cos(theta) - 1 + np.cos(m)
            values.append(16.0 * (harder if j == label else np.cos(theta)))
        return values

    x = around(loss.weight)
    g = np.mean([1 / length(a) + length(a) / 5**2 for a in x.numpy()])
    expected = slow_loss(x, loss.weight, labels, logits) + 3.0 * g
    assert loss(x, labels).item() == pytest.approx(expected, rel=1e-9)


def test_the_margin_reaches_from_end_to_end() -> None:
    margins = magface(l_m_rad=0.45, u_m_rad=0.8).m(torch.tensor([1.0, 3.0, 5.0]))
    assert margins.tolist() == pytest.approx([0.45, 0.625, 0.8])


def test_the_regulariser_rewards_length_up_to_the_upper_bound() -> None:
    a = torch.linspace(1, 5, 100, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(magface().g(a).sum(), a)
    assert (slope[:-1] < 0).all() and float(slope[-1]) == pytest.approx(0, abs=1e-12)


def test_an_easy_face_grows_and_a_hard_one_shrinks() -> None:
    loss = magface(lambda_g=0.02, scale=4.0)
    loss.weight.data = torch.eye(5, dtype=torch.float64)[:4]
    x = torch.tensor([[3.0, 0, 0, 0, 0], [0, 0.2, 3.0, 0, 0]], dtype=torch.float64, requires_grad=True)
    loss(x, torch.tensor([0, 1])).backward()
    outwards = (x.grad * x.detach()).sum(dim=1)
    assert outwards[1] > 0
    loss = magface(lambda_g=35.0, scale=4.0)
    x.grad = None
    loss(x, torch.tensor([0, 1])).backward()
    assert ((x.grad * x.detach()).sum(dim=1) < 0).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scale": 0.0}, "scale"),
        ({"l_a": 6.0}, "expected more than l_a, 6.0"),
        ({"l_a": 0.0}, "l_a = 0.0"),
        ({"u_m_rad": 45.0}, "u_m_rad"),
        ({"lambda_g": -1.0}, "lambda_g"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        magface(**settings)
