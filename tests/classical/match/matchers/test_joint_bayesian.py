"""The likelihood ratio's last step by hand, and at the ends of what float32 holds. Its model: test_two_covariance."""

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


def test_dot_product_of_all_but_the_last_and_both_own_terms() -> None:
    a = np.array([[1, 2, 10], [0, 3, -5]], np.float32)
    b = np.array([[4, 1, 100]], np.float32)
    matcher = build("matcher", "joint_bayesian")
    np.testing.assert_array_equal(matcher.score(a, b), [[116], [98]])
    np.testing.assert_array_equal(matcher.score_pairs(a, np.repeat(b, 2, axis=0)), [116, 98])


def test_scores_stay_within_float32() -> None:
    huge = np.full((2, 3), 3e38, np.float32)
    matcher = build("matcher", "joint_bayesian")
    for score in (matcher.score(huge, huge), matcher.score_pairs(huge, -huge)):
        assert np.isfinite(score).all() and (np.abs(score) == np.finfo(np.float32).max).all()


def test_vectors_without_an_own_term_are_refused() -> None:
    with pytest.raises(UserError, match="that a projection joint_bayesian or plda has made"):
        build("matcher", "joint_bayesian").score(np.zeros((2, 1), np.float32), np.zeros((2, 1), np.float32))
