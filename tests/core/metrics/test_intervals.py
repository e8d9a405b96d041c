"""The intervals against scipy's own, a root of the equation that defines Wilson's, and simulated trials."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eigen2arc.core.metrics.intervals import wilson, wilson_of_effective


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (10, 10), (1, 2), (158, 164), (3999, 4000)])
def test_wilson_is_scipys(successes: int, trials: int) -> None:
    theirs = stats.binomtest(successes, trials).proportion_ci(0.95, "wilson")
    assert wilson(successes, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilsons_ends_are_the_shares_that_a_normal_test_just_keeps() -> None:
    z = stats.norm.ppf(0.975)
    for share in wilson(41, 60):
        assert abs(41 / 60 - share) == pytest.approx(z * np.sqrt(share * (1 - share) / 60))


def test_of_independent_trials_it_is_wilsons() -> None:
    for successes, trials in ((41, 60), (3_990, 4_000)):
        share = successes / trials
        std = float(np.sqrt(share * (1 - share) / trials))
        ends = wilson_of_effective(share, std, units=10**9)
        assert ends == pytest.approx(wilson(successes, trials), abs=1e-8)


def test_where_nothing_varies_every_person_is_a_trial() -> None:
    t2 = stats.t.ppf(0.975, 49) ** 2
    assert wilson_of_effective(1.0, 0.0, 50) == (pytest.approx(50 / (50 + t2)), 1.0)
    assert wilson_of_effective(0.0, 0.0, 50) == (0.0, pytest.approx(t2 / (50 + t2)))


@given(st.floats(0, 1), st.floats(0, 0.5), st.integers(2, 1000))
def test_it_lies_around_the_share(share: float, std: float, units: int) -> None:
    low, high = wilson_of_effective(share, std, units)
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1


def test_they_hold_the_truth_as_often_as_they_say(rng: np.random.Generator) -> None:
    draws = rng.binomial(164, 0.9, 4000)
    ends = np.array([wilson(count, 164) for count in draws.tolist()])
    assert np.mean((ends[:, 0] <= 0.9) & (ends[:, 1] >= 0.9)) == pytest.approx(0.95, abs=0.02)
