"""The combined margin against a loop over ArcFace's equation (4)."""

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


def combined(**settings: float) -> torch.nn.Module:
    torch.manual_seed(0)
    loss: torch.nn.Module = build("loss", "combined_margin", embedding_size=5, classes=4, **settings)
    return loss.double()


MARGINS = [(1.0, 0.3, 0.2), (0.9, 0.4, 0.15), (1.35, 0.0, 0.0), (2.5, 0.1, 0.1), (0.5, 0.2, 0.0)]


@pytest.mark.parametrize("margins", MARGINS)
def test_it_is_equation_4(
    faces: Faces, around: Around, angle: Angle, slow_loss: SlowLoss, margins: tuple[float, float, float]
) -> None:
    (m1, m2, m3), labels = margins, faces[1]
    loss = combined(scale=16.0, m1=m1, m2_rad=m2, m3=m3)

    def target(theta: float) -> float:
        if m1 * theta + m2 < np.pi:
            return float(np.cos(m1 * theta + m2) - m3)
        return float(np.cos(theta) - np.cos((np.pi - m2) / m1) - 1 - m3)

    def logits(x: np.ndarray, weight: np.ndarray, label: int) -> list[float]:
        angles = [angle(x, w) for w in weight]
        return [16.0 * (target(theta) if j == label else np.cos(theta)) for j, theta in enumerate(angles)]

    x = around(loss.weight)
    assert loss(x, labels).item() == pytest.approx(slow_loss(x, loss.weight, labels, logits), rel=1e-9)


@pytest.mark.parametrize("margins", MARGINS)
def test_it_falls_without_a_jump_over_the_whole_half_circle(margins: tuple[float, float, float]) -> None:
    m1, m2, m3 = margins
    theta = torch.linspace(0, np.pi, 10_001, dtype=torch.float64)
    values = combined(m1=m1, m2_rad=m2, m3=m3).target_logit(theta)
    assert values.diff().max() <= 1e-9 and values.diff().min() > -2e-3
    assert float(values[0]) == pytest.approx(np.cos(m2) - m3, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"scale": 0.0}, "scale"), ({"m1": 0.0}, "m1"), ({"m2_rad": 2.0}, "m2_rad"), ({"m3": -0.1}, "m3")],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        combined(**settings)
