"""Comparisons against scipy, the power that a plan promises, and Holm's own example of adjusting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eigen2arc.core.metrics.comparison import POWER, compare, holm, mcnemar, people_needed
from eigen2arc.core.metrics.people_bootstrap import Draws, share


def test_a_difference_of_shares_is_the_paired_t_test(rng: np.random.Generator) -> None:
    """With one trial a person and as many draws as that, resampling people is the paired t-test."""
    hard = rng.random(400)
    first, second = hard < 0.85, hard < rng.normal(0.8, 0.1, 400)
    made = compare(share(first, np.arange(400)), share(second, np.arange(400)))
    theirs = stats.ttest_rel(first.astype(float), second.astype(float))
    ends = theirs.confidence_interval(0.95)
    assert made.difference == pytest.approx(np.mean(first) - np.mean(second))
    assert (made.low, made.high) == pytest.approx((ends.low, ends.high), abs=0.005)
    assert made.p == pytest.approx(theirs.pvalue, abs=0.02)


def test_the_other_way_round_it_is_the_same(rng: np.random.Generator) -> None:
    a, b = (share(rng.random(60) < 0.7, np.arange(60)) for _ in range(2))
    one, other = compare(a, b), compare(b, a)
    assert (other.difference, other.low, other.high) == pytest.approx((-one.difference, -one.high, -one.low))
    assert (other.p, other.people_needed) == (pytest.approx(one.p), one.people_needed)


def test_systems_that_answer_alike_cannot_be_told_apart(rng: np.random.Generator) -> None:
    one = share(rng.random(60) < 0.7, np.arange(60))
    made = compare(one, one)
    assert (made.difference, made.p, made.people_needed) == (0, 1, None)


def test_a_difference_that_rounding_made_is_none(rng: np.random.Generator) -> None:
    """Two shares that are one number, summed in another order: no people, however many, tell them apart."""
    draws = rng.normal(0.7, 0.1, 50)
    one, other = Draws(0.1 + 0.2 + 0.3, draws, None, 20), Draws(0.3 + 0.2 + 0.1, draws[::-1], None, 20)
    assert one.value != other.value
    for made in (compare(one, other), compare(one, Draws(other.value, draws, None, 20))):
        assert (made.p, made.people_needed) == (1.0, None)


def test_nothing_is_said_of_a_single_person() -> None:
    one, other = (Draws(value, np.full(9, value), None, 1) for value in (0.2, 0.9))
    made = compare(one, other)
    assert (made.low, made.high, made.p) == (-1, 1, 1)


@pytest.mark.parametrize(("difference", "std", "units"), [(0.01, 0.012, 300), (-0.002, 0.01, 5000), (0.1, 0.03, 40)])
def test_a_plan_has_the_power_that_it_promises(difference: float, std: float, units: int) -> None:
    needed = people_needed(difference, std, units)
    assert needed is not None
    mean = abs(difference) / (std * np.sqrt(units / needed))
    # Of a normal deviate around ``mean``: how often it lies beyond 1.96; that it does so on the wrong side is rare.
    power = stats.norm.sf(stats.norm.ppf(0.975) - mean)
    assert power == pytest.approx(POWER, abs=0.02)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_a_sign_test(only_first: int, only_second: int, both: int) -> None:
    first = np.repeat([True, False, True], [only_first, only_second, both])
    second = np.repeat([False, True, True], [only_first, only_second, both])
    total = only_first + only_second
    wanted = stats.binomtest(only_first, total, 0.5).pvalue if total else 1.0
    assert mcnemar(first, second) == pytest.approx(wanted)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == [] and holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_rejects_what_the_steps_reject(p: list[float]) -> None:
    """Holm's procedure as he states it: from the smallest p on, while p_(i) <= alpha / (m - i)."""
    for level in (0.05, 0.3):
        rejected, order = set(), sorted(range(len(p)), key=lambda i: p[i])
        for step, i in enumerate(order):
            if p[i] * (len(p) - step) > level:
                break
            rejected.add(i)
        assert {i for i, adjusted in enumerate(holm(p)) if adjusted <= level} == rejected
