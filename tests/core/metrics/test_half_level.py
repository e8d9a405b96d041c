"""The half level against a slow loop, by hand, and against a bootstrap that draws pairs one by one."""

import numpy as np
import pytest

from eigen2arc.core.metrics.half_level import crossings, half_level


def answers(*rights: int, pairs: int = 100) -> np.ndarray:
    """So many right answers of 100 at each level."""
    return np.arange(pairs)[:, None] < np.array(rights)


def slow_crossing(curve: list[float], chance: float) -> float:
    if curve[0] <= chance:
        return float("nan")
    target = chance + (curve[0] - chance) / 2
    for k in range(1, len(curve)):
        if curve[k] <= target:
            return k - 1 + (curve[k - 1] - target) / (curve[k - 1] - curve[k])
    return float("inf")


def test_curves_are_crossed_where_a_slow_loop_crosses_them(rng: np.random.Generator) -> None:
    curves = np.round(rng.uniform(0.4, 1, (300, 5)), 2)
    expected = [slow_crossing(curve, 0.5) for curve in curves.tolist()]
    np.testing.assert_allclose(crossings(curves, 0.5), expected)
    assert np.isinf(expected).any() and np.isnan(expected).any()


def test_the_level_is_on_the_straight_line_between_two() -> None:
    # 90 %: 40 over chance, of which 20 are left at 70 %, a quarter of the way from 75 to 55.
    half = half_level(answers(90, 75, 55), np.array([0.0, 10.0, 18.0]), 0.5)
    assert half is not None and half.level == pytest.approx(12.0)
    assert half.weak_end < half.level < half.strong_end
    # Qualities fall as the stress grows.
    half = half_level(answers(90, 75, 55), np.array([100.0, 50.0, 10.0]), 0.5)
    assert half is not None and half.level == pytest.approx(40.0) and half.weak_end > half.level > half.strong_end


def test_another_chance_is_another_half() -> None:
    half = half_level(answers(90, 70), np.array([0.0, 1.0]), 0.7)
    assert half is not None and half.level == pytest.approx(0.5)


def test_what_is_never_lost_is_beyond_the_last_level() -> None:
    half = half_level(answers(95, 95, 94), np.array([0.0, 1.0, 2.0]), 0.5)
    assert half == (None, None, None)
    half = half_level(answers(90, 80, 71), np.array([0.0, 1.0, 2.0]), 0.5)
    assert half is not None and half.level is None and half.weak_end is not None and half.strong_end is None


def test_who_only_guesses_has_nothing_to_lose() -> None:
    assert half_level(answers(55, 50), np.array([0.0, 1.0]), 0.5) is None
    assert half_level(answers(65, 50), np.array([0.0, 1.0]), 0.5) is not None


def test_before_the_first_level_of_all_there_is_no_number() -> None:
    half = half_level(answers(90, 60, 50), np.array([np.inf, 64.0, 32.0]), 0.5)
    assert half is not None and half.level == 64


def test_the_interval_is_that_of_pairs_drawn_one_by_one(rng: np.random.Generator) -> None:
    levels = np.array([0.0, 1.0, 2.0, 3.0])
    right = rng.random((80, 4)) < [0.95, 0.85, 0.7, 0.55]
    drawn = [slow_crossing(right[rng.integers(0, 80, 80)].mean(axis=0).tolist(), 0.5) for _ in range(2000)]
    half = half_level(right, levels, 0.5)
    assert half is not None and half == half_level(right, levels, 0.5)
    low, high = np.quantile(drawn, [0.025, 0.975], method="lower")
    assert half.weak_end == pytest.approx(low, abs=0.1)
    assert half.strong_end == (pytest.approx(high, abs=0.15) if high < 3 else None)


@pytest.mark.slow
@pytest.mark.parametrize("belong_together", [True, False])
def test_the_interval_holds_the_truth_as_often_as_it_says(belong_together: bool, rng: np.random.Generator) -> None:
    """200 draws of 200 pairs: 95 % of them, give or take what 200 can tell; the truth is 0.725, midway from .8 to .65.

    Pairs answer each level on their own, or are right until they break.
    """
    share, held = [0.95, 0.9, 0.8, 0.65, 0.55], 0
    for _ in range(200):
        right = rng.random((200, 1 if belong_together else 5)) < share
        half = half_level(right, np.arange(5.0), 0.5)
        assert half is not None and half.weak_end is not None
        held += half.weak_end <= 2.5 <= (np.inf if half.strong_end is None else half.strong_end)
    assert 0.91 <= held / 200 <= 0.985
