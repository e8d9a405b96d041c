"""NormFace against a loop, its scale, and the bound of Proposition 2."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from eigen2arc.core.plugins import build

Angle = Callable[[np.ndarray, np.ndarray], float]
SlowLoss = Callable[..., float]
Around = Callable[[torch.Tensor], torch.Tensor]
Faces = tuple[torch.Tensor, torch.Tensor]


def normface(**settings: float) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", "normface", embedding_size=5, classes=4, **settings)
    return loss.double()


@pytest.mark.parametrize("learn_scale", [True, False])
def test_it_is_softmax_on_scaled_cosines(
    faces: Faces, around: Around, angle: Angle, slow_loss: SlowLoss, learn_scale: bool
) -> None:
    loss, labels = normface(scale=12.0, learn_scale=learn_scale), faces[1]

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        return [12.0 * np.cos(angle(x, w)) for w in weight]

    x = around(loss.weight)
    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)


def test_the_scale_is_learned_unless_it_is_fixed(faces: Faces) -> None:
    learned, fixed = normface(), normface(learn_scale=False)
    learned(*faces).backward()
    assert learned.scale.grad.abs() > 0
    assert fixed.scale == 20.0 and "scale" not in dict(fixed.named_parameters())


@pytest.mark.parametrize("n", [2, 4, 5])
@pytest.mark.parametrize("s", [1.0, 5.0])
def test_the_best_that_can_be_is_proposition_2s_bound(n: int, s: float) -> None:
    loss = build("loss", "normface", embedding_size=n, classes=n, scale=s, learn_scale=False).double()
    simplex = torch.eye(n, dtype=torch.float64) - 1 / n  # n directions as far apart as can be
    loss.weight.data = simplex.clone()
    bound = np.log(1 + (n - 1) * np.exp(-n / (n - 1) * s))
    assert loss(3 * simplex, torch.arange(n)).item() == pytest.approx(bound)
