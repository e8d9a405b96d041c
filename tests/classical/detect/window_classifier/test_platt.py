"""Platt's sigmoid against scikit-learn, a slow general minimiser, and a closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.calibration import _sigmoid_calibration

from eigen2arc.classical.detect.window_classifier.platt import Sigmoid, cross_entropy, fit_platt, targets


def overlapping(rng: np.random.Generator, scale: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
    faces = rng.random(400) < 0.3
    return scale * (rng.normal(size=400) + 2 * faces) + shift, faces


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (0.05, 0.4), (5.0, -3.0)])
def test_equals_scikit_learn(rng: np.random.Generator, scale: float, shift: float) -> None:
    decisions, faces = overlapping(rng, scale, shift)
    ours = fit_platt(decisions, faces)
    a, b = _sigmoid_calibration(decisions, faces)
    np.testing.assert_allclose(ours.probability(decisions), Sigmoid(a, b).probability(decisions), atol=1e-4)


def test_no_general_minimiser_finds_a_smaller_cross_entropy(rng: np.random.Generator) -> None:
    decisions, faces = overlapping(rng, 1.0, 0.0)

    def slow(parameters: np.ndarray) -> float:
        p = 1 / (1 + np.exp(parameters[0] * decisions + parameters[1]))
        t = targets(faces)
        return float(-np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)))

    ours = fit_platt(decisions, faces)
    found = minimize(slow, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000})
    assert slow(np.array([ours.a, ours.b])) == pytest.approx(cross_entropy(ours, decisions, targets(faces)))
    np.testing.assert_allclose([ours.a, ours.b], found.x, rtol=1e-4)


def test_two_gaussians_give_the_line_between_their_likelihoods() -> None:
    """For N(1, 1) and N(-1, 1) as likely as each other, P = 1 / (1 + exp(-2 f)): A = -2, B = 0."""
    rng = np.random.default_rng(0)
    faces = np.arange(100_000) % 2 == 0
    sigmoid = fit_platt(rng.normal(size=len(faces)) + np.where(faces, 1, -1), faces)
    np.testing.assert_allclose([sigmoid.a, sigmoid.b], [-2, 0], atol=0.05)


def test_classes_that_do_not_overlap_stay_short_of_certainty() -> None:
    faces = np.array([True] * 8 + [False] * 18)
    sigmoid = fit_platt(np.where(faces, 1.0, -1.0), faces)
    np.testing.assert_allclose(sigmoid.probability(np.array([1.0, -1.0])), [9 / 10, 1 / 20], atol=1e-4)


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.booleans()), min_size=2, max_size=40))
def test_any_decisions_give_finite_probabilities(pairs: list[tuple[float, bool]]) -> None:
    decisions, faces = np.array([d for d, _ in pairs]), np.array([f for _, f in pairs])
    if faces.all() or not faces.any():
        with pytest.raises(ValueError, match="calibration needs faces and others"):
            fit_platt(decisions, faces)
        return
    sigmoid = fit_platt(decisions, faces)
    p = sigmoid.probability(decisions)
    assert np.isfinite([sigmoid.a, sigmoid.b]).all() and ((p >= 0) & (p <= 1)).all()
    flat = Sigmoid(0.0, float(np.log((np.sum(~faces) + 1) / (np.sum(faces) + 1))))
    assert cross_entropy(sigmoid, decisions, targets(faces)) <= cross_entropy(flat, decisions, targets(faces)) + 1e-9
