"""Bounding-box regression against scikit-learn's ridge, and there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from eigen2arc.classical.detect.window_classifier.box_regression import (
    RIDGE,
    BoxRegression,
    fit_box_regression,
    targets,
)

number = st.floats(-100, 100)
size = st.floats(5, 60)


@given(number, number, size, size, number, number, st.floats(0.6, 1.6), st.floats(0.6, 1.6))
def test_moving_by_the_targets_arrives(
    x: float, y: float, w: float, h: float, dx: float, dy: float, grow: float, stretch: float
) -> None:
    proposal = np.array([[x, y, x + w, y + h]])
    truth = np.array([[x + dx, y + dy, x + dx + w * grow, y + dy + h * stretch]])
    exact = BoxRegression(np.zeros((4, 3), np.float32), targets(proposal, truth)[0].astype(np.float32))
    np.testing.assert_allclose(exact.move(proposal, np.zeros((1, 3), np.float32)), truth, atol=1e-3)


def test_a_worked_example() -> None:
    """20 to the right is half of 40; twice as high is log 2."""
    t = targets(np.array([[0, 0, 40, 10]]), np.array([[20, -5, 60, 15]]))
    np.testing.assert_allclose(t, [[0.5, 0.0, 0.0, np.log(2)]])


def test_equals_ridge_regression_of_scikit_learn(rng: np.random.Generator) -> None:
    x = (rng.normal(size=(300, 8)) * 10.0 ** np.arange(-3, 5)).astype(np.float32)
    t = rng.normal(size=(300, 4)) + x[:, 2:3]
    ours = fit_box_regression(x, t)
    scaler = StandardScaler().fit(x)
    theirs = Ridge(alpha=RIDGE, solver="cholesky").fit(scaler.transform(x), t)
    predicted = x.astype(np.float64) @ ours.weights.T + ours.bias
    np.testing.assert_allclose(predicted, theirs.predict(scaler.transform(x)), atol=1e-3)


def test_growth_has_a_bound() -> None:
    wild = BoxRegression(np.zeros((4, 1), np.float32), np.array([0, 0, 80, -80], np.float32))
    (box,) = wild.move(np.array([[10.0, 10.0, 30.0, 30.0]]), np.zeros((1, 1), np.float32))
    assert box[2] - box[0] == pytest.approx(40) and box[3] - box[1] == pytest.approx(10)
