"""L-Softmax against a loop over equations (4) and (6) with angles."""

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


def l_softmax(m: int = 4, lam: float = 0.0) -> torch.nn.Module:
    """With one and the same lambda throughout."""
    torch.manual_seed(0)
    settings = {"lambda_base": 0.0, "lambda_least": lam}
    loss: torch.nn.Module = build("loss", "l_softmax", embedding_size=5, classes=4, m=m, **settings)
    return loss.double()


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("lam", [0.0, 5.0])
def test_it_is_equation_4_annealed(
    faces: Faces, around: Around, angle: Angle, slow_loss: SlowLoss, m: int, lam: float
) -> None:
    loss, labels = l_softmax(m, lam), faces[1]

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        values = []
        for j, w in enumerate(weight):
            theta = angle(x, w)
            k = int(theta // (np.pi / m))
            psi = (-1) ** k * np.cos(m * theta) - 2 * k
            f = (lam * np.cos(theta) + psi) / (1 + lam) if j == label else np.cos(theta)
            values.append(np.linalg.norm(w) * np.linalg.norm(x) * f)
        return values

    x = around(loss.weight)
    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)


def test_it_grows_with_m(faces: Faces, around: Around) -> None:
    values = []
    for m in (1, 2, 3, 4):
        loss = l_softmax(m)
        values.append(loss(around(loss.weight), faces[1]).item())
    assert values == sorted(values) and values[0] < values[-1]


def test_its_curve_is_that_of_annealings_end() -> None:
    loss, theta = build("loss", "l_softmax", embedding_size=5, classes=4, m=2), torch.tensor([0.0, np.pi / 2, np.pi])
    assert loss.target_logit(theta).tolist() == pytest.approx([1.0, -1 / 6, (5 * -1 - 3) / 6], abs=1e-5)


@pytest.mark.parametrize("m", [0, 1.5])
def test_a_factor_below_1_or_not_whole_is_refused(m: int) -> None:
    with pytest.raises(UserError, match=f"l_softmax: m = {m}: expected a whole number from 1"):
        l_softmax(m)
