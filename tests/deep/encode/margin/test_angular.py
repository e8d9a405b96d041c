"""Margins on angles against math.acos, and their slopes at both ends."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.deep.encode.margin.angular import add_angle, cos_multiple, psi, sine

ANGLES = st.floats(0, math.pi)


def double(value: float) -> torch.Tensor:
    return torch.tensor([value], dtype=torch.float64)


@given(theta=ANGLES, m=st.integers(1, 6))
def test_cosines_of_multiples(theta: float, m: int) -> None:
    assert float(cos_multiple(double(math.cos(theta)), m)) == pytest.approx(math.cos(m * theta), abs=1e-12)


@given(theta=ANGLES, m=st.integers(1, 6))
def test_psi_is_the_papers(theta: float, m: int) -> None:
    k = min(m - 1, math.floor(theta * m / math.pi))
    expected = (-1) ** k * math.cos(m * theta) - 2 * k
    assert float(psi(double(math.cos(theta)), m)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_psi_falls_without_a_jump_from_1_to_1_minus_2m(m: int) -> None:
    values = psi(torch.linspace(0, math.pi, 20_001, dtype=torch.float64).cos(), m)
    assert values.diff().max() < 1e-12 and values.diff().min() > -2e-3
    assert values[[0, -1]].tolist() == pytest.approx([1, 1 - 2 * m], abs=1e-9)


@given(theta=ANGLES, m=st.floats(0, 1.5))
def test_an_angle_is_added(theta: float, m: float) -> None:
    expected = math.cos(theta + m) if theta + m < math.pi else math.cos(theta) - 1 + math.cos(m)
    assert float(add_angle(double(math.cos(theta)), math.cos(m), math.sin(m))) == pytest.approx(expected, abs=5e-8)


@given(theta=st.floats(1e-3, math.pi - 1e-3))
def test_sines(theta: float) -> None:
    assert float(sine(double(math.cos(theta)))) == pytest.approx(math.sin(theta), abs=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("beyond", [0, 1])
def test_slopes_are_finite_at_both_ends_and_when_rounding_goes_beyond(dtype: torch.dtype, beyond: int) -> None:
    end = 1 + beyond * torch.finfo(dtype).eps
    cos = torch.tensor([end, -end], dtype=dtype, requires_grad=True)
    for value in (add_angle(cos, math.cos(0.5), math.sin(0.5)), psi(cos, 4), sine(cos)):
        (slope,) = torch.autograd.grad(value.sum(), cos)
        assert torch.isfinite(value).all() and torch.isfinite(slope).all()
