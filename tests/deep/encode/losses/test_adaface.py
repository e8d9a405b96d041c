"""AdaFace against a loop with angles and lengths, its running statistics, and where its gradients go."""

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


def adaface(**settings: float) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", "adaface", embedding_size=5, classes=4, **settings).double()
    loss.mean.fill_(3.0)
    loss.deviation.fill_(1.5)
    return loss


def test_margins_go_by_the_z_score_of_the_length(
    faces: Faces, around: Around, angle: Angle, slow_loss: SlowLoss
) -> None:
    loss, labels, m, h = adaface(scale=16.0, m=0.4, h=0.8).eval(), faces[1], 0.4, 0.8
    seen = []

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        z = min(1.0, max(-1.0, h * (np.linalg.norm(x) - 3.0) / (1.5 + 1e-3)))
        seen.append(z)
        g_angle, g_add = -m * z, m * z + m
        values = []
        for j, w in enumerate(weight):
            theta = angle(x, w)
            moved = max(0.0, theta + g_angle)
            harder = np.cos(moved) if moved < np.pi else np.cos(theta) - 1 + np.cos(g_angle)
            values.append(16.0 * (harder - g_add if j == label else np.cos(theta)))
        return values

    x = around(loss.weight)
    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)
    assert min(seen) == -1 and max(seen) == 1 and len(set(seen)) > 10


def test_statistics_follow_the_batches_lengths(faces: Faces) -> None:
    loss, lengths = adaface(alpha=0.2), faces[0].norm(dim=1).numpy()
    loss(*faces)
    assert float(loss.mean) == pytest.approx(0.8 * 3.0 + 0.2 * lengths.mean())
    assert float(loss.deviation) == pytest.approx(0.8 * 1.5 + 0.2 * lengths.std())


def test_no_gradient_goes_through_the_quality(faces: Faces) -> None:
    loss, (x, labels) = adaface(h=0.5).eval(), faces
    x = x.clone().requires_grad_()
    loss(x, labels).backward()
    torch.testing.assert_close((x.grad * x.detach()).sum(dim=1), torch.zeros(len(x), dtype=torch.float64))


def test_of_hard_faces_the_long_one_counts_more_in_slope() -> None:
    """Section 3.3: a low-quality face is emphasised when it is easy, a high-quality one when it is hard."""
    loss = adaface(m=0.4)
    theta = torch.tensor([2.0, 2.0], dtype=torch.float64)
    cos = theta.cos().requires_grad_()
    (slope,) = torch.autograd.grad(loss.add_margin(cos, torch.tensor([-1.0, 1.0]).double()).sum(), cos)
    assert slope[1] > slope[0]


def test_a_good_face_on_its_centre_is_left_there() -> None:
    cos = torch.tensor([1.0, 0.99], dtype=torch.float64, requires_grad=True)
    harder = adaface(m=0.4).add_margin(cos, torch.ones(2, dtype=torch.float64))
    harder.sum().backward()
    assert harder.tolist() == pytest.approx([0.2, 0.2]) and cos.grad.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"scale": 0.0}, "scale"), ({"m": 1.0}, "m = "), ({"h": -1.0}, "h = "), ({"alpha": 3.0}, "a")],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        adaface(**settings)
