"""The intervals against scipy's own, a root of the equation that defines Wilson's, and simulated trials."""

import numpy as np
import pytest
from scipy import stats

from eigen2arc.core.metrics.intervals import student, wilson


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (10, 10), (1, 2), (158, 164), (3999, 4000)])
def test_wilson_is_scipys(successes: int, trials: int) -> None:
    theirs = stats.binomtest(successes, trials).proportion_ci(0.95, "wilson")
    assert wilson(successes, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilsons_ends_are_the_shares_that_a_normal_test_just_keeps() -> None:
    z = stats.norm.ppf(0.975)
    for share in wilson(41, 60):
        assert abs(41 / 60 - share) == pytest.approx(z * np.sqrt(share * (1 - share) / 60))


def test_student_is_scipys(rng: np.random.Generator) -> None:
    rounds = rng.normal(0.97, 0.01, 20)
    low, high = stats.t.interval(0.95, 19, rounds.mean(), stats.sem(rounds))
    assert student(rounds) == pytest.approx((low, high))
    assert student(np.array([0.9, 0.9, 0.9])) == pytest.approx((0.9, 0.9))


def test_they_hold_the_truth_as_often_as_they_say(rng: np.random.Generator) -> None:
    draws = rng.binomial(164, 0.9, 4000)
    ends = np.array([wilson(count, 164) for count in draws.tolist()])
    assert np.mean((ends[:, 0] <= 0.9) & (ends[:, 1] >= 0.9)) == pytest.approx(0.95, abs=0.02)
    ends = np.array([student(rounds) for rounds in rng.normal(0.9, 0.02, (4000, 20))])
    assert np.mean((ends[:, 0] <= 0.9) & (ends[:, 1] >= 0.9)) == pytest.approx(0.95, abs=0.015)
