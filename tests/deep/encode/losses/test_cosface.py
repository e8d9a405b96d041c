"""CosFace against a loop over equation (4)."""

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


def cosface(**settings: float) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", "cosface", embedding_size=5, classes=4, **settings)
    return loss.double()


@pytest.mark.parametrize(("s", "m"), [(64.0, 0.35), (16.0, 0.1), (30.0, 0.0)])
def test_it_is_equation_4(faces: Faces, around: Around, angle: Angle, slow_loss: SlowLoss, s: float, m: float) -> None:
    loss, labels = cosface(scale=s, margin=m), faces[1]

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        return [s * (np.cos(angle(x, w)) - m * (j == label)) for j, w in enumerate(weight)]

    x = around(loss.weight)
    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)


def test_two_opposite_centres_by_hand() -> None:
    loss = cosface(scale=2.0, margin=0.5)
    loss.weight.data = torch.tensor([[1.0], [-3.0]], dtype=torch.float64)
    x = torch.tensor([[5.0]], dtype=torch.float64)
    assert loss(x, torch.tensor([0])).item() == pytest.approx(np.log(1 + np.exp(-2 - 1)))


def test_its_curve_is_a_lowered_cosine() -> None:
    theta = torch.linspace(0, 3.14, 5)
    torch.testing.assert_close(cosface(margin=0.2).target_logit(theta), theta.cos() - 0.2)


@pytest.mark.parametrize(("settings", "message"), [({"scale": -1.0}, "scale"), ({"margin": 1.5}, "margin")])
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        cosface(**settings)
