"""Distances of a batch against a loop, and where they have no slope."""

import numpy as np
import pytest
import torch

from eigen2arc.deep.encode.miners.triplets import distances, mean_or_zero, pair_masks


@pytest.mark.parametrize("n", [1, 7, 40])
def test_distances_are_those_of_vectors_normalised_or_not(n: int, rng: np.random.Generator) -> None:
    x = rng.standard_normal((n, 5)) * rng.uniform(0.01, 100, (n, 1))
    unit = [v / np.linalg.norm(v) for v in x]
    expected = [[np.linalg.norm(a - b) for b in unit] for a in unit]
    np.testing.assert_allclose(distances(torch.from_numpy(x)).numpy(), expected, atol=1e-14)
    as_they_are = [[np.linalg.norm(a - b) for b in x] for a in x]
    np.testing.assert_allclose(distances(torch.from_numpy(x), normalised=False).numpy(), as_they_are, rtol=1e-14)


def test_small_distances_keep_their_digits() -> None:
    """In float32 the cosine of 1e-4 rad is 1 to within half of its digits."""
    x = torch.eye(40)
    x[1] = x[0] + 1e-4 * x[1]
    assert distances(x)[0, 1].item() == pytest.approx(1e-4, rel=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_faces_in_one_place_have_distance_and_gradient_0(dtype: torch.dtype) -> None:
    x = torch.linspace(-1, 2, 30, dtype=dtype).repeat(3, 1).requires_grad_()
    d = distances(x)
    d.sum().backward()
    assert not d.any() and x.grad is not None and not x.grad.any()


def test_opposite_faces_are_2_apart() -> None:
    x = torch.linspace(-1, 2, 30, dtype=torch.float64)
    assert distances(torch.stack([x, -3 * x]))[0, 1].item() == pytest.approx(2, abs=1e-14)


def test_half_precision_is_computed_in_float32() -> None:
    x = torch.randn(6, 5).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        d = distances(x)
    assert d.dtype == torch.float32
    torch.testing.assert_close(d, distances(x.float()))


def test_pairs_are_of_one_person_or_of_two_or_an_image_with_itself() -> None:
    is_positive, is_negative = pair_masks(torch.tensor([3, 1, 3]))
    assert is_positive.tolist() == [[False, False, True], [False, False, False], [True, False, False]]
    assert is_negative.tolist() == [[False, True, False], [True, False, True], [False, True, False]]


def test_the_mean_of_nothing_is_0_and_on_the_graph() -> None:
    x = torch.ones(3, requires_grad=True)
    mean_or_zero(x[:0], 0).backward()
    assert x.grad is not None and not x.grad.any()
    assert mean_or_zero(torch.tensor([1.0, 2, 0]), torch.tensor(2)) == 1.5
    assert mean_or_zero(torch.tensor([3.0]), 1) == 3
