"""Ridge regression against scikit-learn's and, without a price, against numpy's least squares."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from eigen2arc.classical.linear import ridge
from eigen2arc.classical.linear.ridge import fit_ridge


@pytest.fixture
def rows(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    phi = (rng.normal(0, 1, (300, 12)) + 5).astype(np.float32)
    return phi, phi[:, :3] * 2 + rng.normal(0, 0.1, (300, 3)) + 7


def test_equals_scikit_learn(rows: tuple[np.ndarray, np.ndarray]) -> None:
    phi, targets = rows
    coefficients, bias = fit_ridge(phi, targets, 0.05)
    peer = Ridge(alpha=0.05 * len(phi)).fit(phi.astype(np.float64), targets)
    np.testing.assert_allclose(coefficients, peer.coef_.T, atol=1e-4)
    np.testing.assert_allclose(bias, peer.intercept_, atol=1e-3)


def test_without_a_price_it_is_least_squares(rows: tuple[np.ndarray, np.ndarray]) -> None:
    phi, targets = rows
    coefficients, bias = fit_ridge(phi, targets, 1e-12)
    with_ones = np.column_stack([phi, np.ones(len(phi))]).astype(np.float64)
    expected = np.linalg.lstsq(with_ones, targets, rcond=None)[0]
    np.testing.assert_allclose(np.vstack([coefficients, bias]), expected, atol=2e-3)


def test_blocks_change_nothing(rows: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit_ridge(*rows, 0.01)
    monkeypatch.setattr(ridge, "BLOCK", 7)
    for part, one in zip(fit_ridge(*rows, 0.01), whole, strict=True):
        np.testing.assert_allclose(part, one, atol=1e-4)
