"""Platt's sigmoid: by scikit-learn on the same targets, and where the likelihood ratio is known."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from eigen2arc.recognize.calibration.sigmoid import fit_sigmoid


def test_it_is_the_logistic_regression_of_a_peer(rng: np.random.Generator) -> None:
    score = np.append(rng.normal(1, 1, 60), rng.normal(-1, 2, 300))
    true, weight = np.arange(360) < 60, rng.random(360) + 0.1
    target = np.where(true, 61 / 62, 1 / 302)
    # A target between 0 and 1 is a sample of each kind with so much weight.
    peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(
        np.tile(score, 2)[:, None], np.repeat([1, 0], 360), np.concatenate([weight * target, weight * (1 - target)])
    )
    assert fit_sigmoid(score, true, weight) == pytest.approx((peer.coef_[0, 0], peer.intercept_[0]), rel=1e-4)


def test_of_two_gaussians_it_is_the_log_likelihood_ratio(rng: np.random.Generator) -> None:
    """log N(s; 2, 1) - log N(s; 0, 1) = 2 s - 2, however many there are of each."""
    score = np.append(rng.normal(2, 1, 20_000), rng.normal(0, 1, 80_000))
    true = np.arange(100_000) < 20_000
    slope, offset = fit_sigmoid(score, true, np.where(true, 0.5 / 20_000, 0.5 / 80_000))
    assert slope == pytest.approx(2, rel=0.03) and offset == pytest.approx(-2, rel=0.05)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_it_is_finite_where_no_two_scores_are_out_of_order(scale: float) -> None:
    score, true = scale * np.array([0.0, 1, 2, 10, 11]), np.array([False, False, False, True, True])
    slope, offset = fit_sigmoid(score, true, np.ones(5))
    assert 0 < slope < 100 / scale and slope * scale * 2 + offset < 0 < slope * scale * 10 + offset
    flat = fit_sigmoid(np.full(4, 3.0), np.array([True, False, True, False]), np.ones(4))
    assert np.isfinite(flat).all()
