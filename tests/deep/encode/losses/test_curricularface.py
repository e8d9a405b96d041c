"""CurricularFace against a loop with angles, and its t."""

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


def curricularface(**settings: float) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", "curricularface", embedding_size=5, classes=4, **settings)
    return loss.double()


@pytest.mark.parametrize("t", [0.0, 0.3, 0.9])
def test_hard_classes_are_weighted_by_t(
    faces: Faces, around: Around, angle: Angle, slow_loss: SlowLoss, t: float
) -> None:
    loss, labels = curricularface(scale=16.0, margin_rad=0.4).eval(), faces[1]
    loss.t.fill_(t)
    hard = 0

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        nonlocal hard
        theta = angle(x, weight[label])
        true = np.cos(theta + 0.4) if theta + 0.4 < np.pi else np.cos(theta) - 1 + np.cos(0.4)
        values = []
        for j, w in enumerate(weight):
            cos = np.cos(angle(x, w))
            if j != label and cos > true:
                hard += 1
                cos *= t + cos
            values.append(16.0 * (true if j == label else cos))
        return values

    x = around(loss.weight)
    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)
    assert 10 < hard < 3 * len(x)


def test_t_follows_the_mean_cosine_to_the_true_centre(faces: Faces) -> None:
    loss, (x, labels) = curricularface(alpha=0.1), faces
    r = float(torch.cosine_similarity(x, loss.weight.detach()[labels]).mean())
    loss(x, labels)
    assert float(loss.t) == pytest.approx(0.1 * r)
    loss(x, labels)
    assert float(loss.t) == pytest.approx(0.1 * r + 0.9 * 0.1 * r)


def test_once_t_is_there_a_batch_is_judged_by_the_t_that_it_moved(faces: Faces) -> None:
    loss = curricularface(alpha=0.5)
    assert loss.train()(*faces) == loss.eval()(*faces)


@pytest.mark.parametrize(
    ("settings", "message"), [({"scale": 0.0}, "scale"), ({"margin_rad": 2.0}, "radians"), ({"alpha": 2.0}, "alpha")]
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        curricularface(**settings)
