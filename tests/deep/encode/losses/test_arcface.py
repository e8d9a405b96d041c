"""ArcFace against a loop over equation (3) with math.acos, and at the ends where acos has no slope."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.losses.arcface import ArcFace


def arcface(embedding_size: int = 5, classes: int = 4, **settings: float) -> ArcFace:
    torch.manual_seed(0)
    loss: ArcFace = build("loss", "arcface", embedding_size=embedding_size, classes=classes, **settings)
    return loss.double()


def slow_loss(x: np.ndarray, weight: np.ndarray, labels: list[int], s: float, m: float) -> float:
    """Equation (3), one sample and one class at a time, by angles."""
    total = 0.0
    for sample, label in zip(x, labels, strict=True):
        logits = []
        for j, centre in enumerate(weight):
            cos = float(sample @ centre / (np.linalg.norm(sample) * np.linalg.norm(centre)))
            theta = math.acos(max(-1.0, min(1.0, cos)))
            if j == label:
                theta_m = theta + m
                logits.append(s * (math.cos(theta_m) if theta_m < math.pi else math.cos(theta) - 1 + math.cos(m)))
            else:
                logits.append(s * math.cos(theta))
        top = max(logits)
        total += top + math.log(sum(math.exp(z - top) for z in logits)) - logits[label]
    return total / len(labels)


@pytest.mark.parametrize(("scale", "margin_rad"), [(64.0, 0.5), (16.0, 0.3), (1.0, 1.2), (30.0, 0.0)])
def test_it_is_equation_3(scale: float, margin_rad: float) -> None:
    loss = arcface(scale=scale, margin_rad=margin_rad)
    generator = torch.Generator().manual_seed(2)
    x = 3 * torch.randn(40, 5, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 4, (40,), generator=generator)
    x[:4] = -loss.weight.detach()[labels[:4]] + 0.1 * x[:4]  # some behind their centres, where the angle passes pi
    expected = slow_loss(x.numpy(), loss.weight.detach().numpy(), labels.tolist(), scale, margin_rad)
    assert loss(x, labels).item() == pytest.approx(expected, rel=1e-9)


@given(theta=st.floats(0, math.pi), m=st.floats(0, 1.5))
def test_the_margin_is_added_to_the_angle(theta: float, m: float) -> None:
    harder = arcface(margin_rad=m).add_margin(torch.tensor([math.cos(theta)], dtype=torch.float64))
    expected = math.cos(theta + m) if theta + m < math.pi else math.cos(theta) - 1 + math.cos(m)
    assert float(harder) == pytest.approx(expected, abs=5e-8)


@pytest.mark.parametrize("m", [0.0, 0.1, 0.5, 1.0, 1.5])
def test_it_falls_without_a_jump_over_the_whole_half_circle(m: float) -> None:
    cos = torch.linspace(0, math.pi, 100_001, dtype=torch.float64).cos()
    steps = arcface(margin_rad=m).add_margin(cos).diff()
    assert steps.max() <= 0 and steps.min() > -1e-4


def test_without_a_margin_it_is_the_normalised_softmax() -> None:
    loss = arcface(margin_rad=0.0, scale=20.0)
    x, labels = torch.randn(6, 5, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0, 1])
    cosines = torch.cosine_similarity(x[:, None], loss.weight[None], dim=2)
    torch.testing.assert_close(loss(x, labels), torch.nn.functional.cross_entropy(20.0 * cosines, labels))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_values_and_gradients_are_finite_on_and_opposite_the_centre(dtype: torch.dtype, side: float) -> None:
    loss = arcface().to(dtype)
    labels = torch.arange(4)
    x = (side * loss.weight.detach()).requires_grad_()
    value = loss(x, labels)
    value.backward()
    assert torch.isfinite(value) and x.grad is not None and loss.weight.grad is not None
    assert torch.isfinite(x.grad).all() and torch.isfinite(loss.weight.grad).all()


def test_a_face_opposite_its_centre_is_pulled_back() -> None:
    cos = torch.tensor([-0.999], dtype=torch.float64, requires_grad=True)
    arcface().add_margin(cos).sum().backward()
    assert cos.grad is not None and float(cos.grad) == 1.0


def test_the_length_of_an_embedding_does_not_matter() -> None:
    loss, x, labels = arcface(), torch.randn(3, 5, dtype=torch.float64), torch.tensor([0, 3, 1])
    torch.testing.assert_close(loss(x * torch.tensor([[1e-3], [1.0], [1e4]]), labels), loss(x, labels))


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"scale": 0.0}, "scale"), ({"margin_rad": -0.1}, "radians"), ({"margin_rad": 28.0}, "28")],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        arcface(**settings)
