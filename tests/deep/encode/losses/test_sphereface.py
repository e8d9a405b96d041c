"""SphereFace against a loop over equation (7) with angles."""

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


def sphereface(m: int = 4, lam: float = 0.0) -> torch.nn.Module:
    """With one and the same lambda throughout."""
    torch.manual_seed(0)
    settings = {"lambda_base": 0.0, "lambda_least": lam}
    loss: torch.nn.Module = build("loss", "sphereface", embedding_size=5, classes=4, m=m, **settings)
    return loss.double()


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("lam", [0.0, 5.0])
def test_it_is_equation_7_annealed(
    faces: Faces, around: Around, angle: Angle, slow_loss: SlowLoss, m: int, lam: float
) -> None:
    loss, labels = sphereface(m, lam), faces[1]

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        values = []
        for j, w in enumerate(weight):
            theta = angle(x, w)
            k = int(theta // (np.pi / m))
            psi = (-1) ** k * np.cos(m * theta) - 2 * k
            cos = np.cos(theta)
            values.append(np.linalg.norm(x) * ((lam * cos + psi) / (1 + lam) if j == label else cos))
        return values

    x = around(loss.weight)
    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)


def test_the_lengths_of_centres_do_not_matter_and_those_of_faces_do(faces: Faces) -> None:
    loss, (x, labels) = sphereface(), faces
    before = loss(x, labels)
    loss.weight.data *= torch.tensor([[0.1], [1.0], [5.0], [20.0]])
    torch.testing.assert_close(loss(x, labels), before)
    assert loss(2 * x, labels) > 1.1 * before


def test_training_anneals_and_evaluation_does_not(faces: Faces) -> None:
    torch.manual_seed(0)
    loss = build(
        "loss", "sphereface", embedding_size=5, classes=4, lambda_base=10.0, lambda_gamma=1.0, lambda_least=0.0
    )
    values = [loss(*faces).item() for _ in range(5)]
    assert values == sorted(values) and values[0] < values[-1]
    assert loss.eval()(*faces).item() == loss(*faces).item() == values[-1]


def test_its_curve_is_that_of_annealings_end() -> None:
    loss, theta = build("loss", "sphereface", embedding_size=5, classes=4), torch.tensor([0.0, np.pi / 4, np.pi])
    expected = [1.0, (5 * np.sqrt(0.5) - 1) / 6, (5 * -1 - 7) / 6]
    assert loss.target_logit(theta).tolist() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("m", [0, 1.5])
def test_a_factor_below_1_or_not_whole_is_refused(m: int) -> None:
    with pytest.raises(UserError, match=f"sphereface: m = {m}: expected a whole number from 1"):
        sphereface(m)
