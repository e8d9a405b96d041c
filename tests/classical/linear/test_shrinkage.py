"""Shrinkage against scikit-learn's."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf_shrinkage, shrunk_covariance

from eigen2arc.classical.linear.shrinkage import ledoit_wolf, shrink


def deviations(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    rows = rng.normal(size=(n, d)) * np.linspace(0.2, 4, d)
    return rows - rows.mean(axis=0)


@pytest.mark.parametrize(("n", "d"), [(20, 5), (10, 40), (300, 12), (2, 3)])
def test_the_share_is_scikit_learns(rng: np.random.Generator, n: int, d: int) -> None:
    x = deviations(rng, n, d)
    assert ledoit_wolf(x) == pytest.approx(ledoit_wolf_shrinkage(x, assume_centered=True), rel=1e-9)


def test_more_samples_need_less(rng: np.random.Generator) -> None:
    shares = [ledoit_wolf(deviations(rng, n, 15)) for n in (10, 100, 1000, 10000)]
    assert (np.diff(shares) < 0).all() and shares[-1] < 0.01


def test_a_ball_is_a_ball_already(rng: np.random.Generator) -> None:
    assert ledoit_wolf(np.concatenate([np.eye(4), -np.eye(4)])) == 1
    assert ledoit_wolf(np.zeros((5, 3))) == 1


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_shrunk_scatter_is_scikit_learns_and_keeps_its_trace(rng: np.random.Generator, share: float) -> None:
    x = deviations(rng, 30, 6)
    s = x.T @ x
    before = s.copy()
    np.testing.assert_allclose(shrink(s, x, share), shrunk_covariance(s, shrinkage=share), rtol=1e-12)
    assert np.trace(shrink(s, x, share)) == pytest.approx(np.trace(s))
    np.testing.assert_array_equal(s, before)
    np.testing.assert_allclose(shrink(s, x, "auto"), shrink(s, x, ledoit_wolf(x)))
