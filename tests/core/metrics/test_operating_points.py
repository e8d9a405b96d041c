"""Operating points against slow loops over pairs."""

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.operating_points import error_rates, operating_points, shortest_between
from eigen2arc.core.metrics.verification import accuracy_by_fold, fnmr_at_fmr
from eigen2arc.core.types import Scores


def made_up(rng: np.random.Generator, pairs: int, digits: int) -> Scores:
    same = rng.random(pairs) < 0.4
    return Scores(rng.normal(1.5 * same, 1).round(digits), same, np.arange(pairs) % 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("digits", [1, 7])
def test_every_point_by_counting(rng: np.random.Generator, digits: int, dtype: type) -> None:
    scores = made_up(rng, 700, digits)
    own = float(accuracy_by_fold(scores).thresholds.mean())
    made = operating_points(scores, own, error_rates(400))
    assert (np.diff(made.thresholds) > 0).all() and 2 < len(made.thresholds) < 200
    assert made.thresholds[made.chosen] == own
    value = scores.value.astype(dtype)
    for k, threshold in enumerate(made.thresholds.tolist()):
        if dtype is np.float32 and k == made.chosen:
            continue  # as it was given
        accepted = value >= dtype(threshold)
        assert made.false_accepts[k] == np.sum(accepted & ~scores.same)
        assert made.false_rejects[k] == np.sum(~accepted & scores.same)
        assert made.fmr[k] == np.mean(accepted[~scores.same]) and made.fnmr[k] == np.mean(~accepted[scores.same])
        assert made.accuracy[k] == pytest.approx(np.mean(accepted == scores.same))
    assert made.false_accepts[[0, -1]].tolist() == [made.impostors, 0]
    assert made.false_rejects[[0, -1]].tolist() == [0, made.genuine]


def test_the_rate_asked_for_is_kept_by_the_lowest_threshold(rng: np.random.Generator) -> None:
    scores = made_up(rng, 600, 2)
    impostors = int(np.sum(~scores.same))
    rates = error_rates(impostors)
    made = operating_points(scores, 0.75, rates)
    for rate, k in zip(rates, made.at_fmr, strict=True):
        best = min(
            np.mean(scores.value[scores.same] < t)
            for t in [*np.unique(scores.value), np.inf]
            if np.mean(scores.value[~scores.same] >= t) <= rate
        )
        assert made.fmr[k] <= rate and made.fnmr[k] == best
    assert fnmr_at_fmr(scores, 0.1) == pytest.approx(made.fnmr[made.at_fmr[rates.index(0.1)]])


def test_rates_that_trials_can_show() -> None:
    assert error_rates(40) == [0.0, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, *[float(f"{m}e-1") for m in
                               (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)], 1.0]  # fmt: skip
    assert 1e-3 in error_rates(1000) and min(error_rates(10**12)[1:]) == 1e-7


@pytest.mark.parametrize(
    ("low", "high", "short"),
    [
        (0.4135, 0.41375, 0.4137),
        (0.4, 0.6, 0.5),
        (-1.25, -1.0, -1.0),
        (12.3, 99.7, 99.0),
        (-0.004, 0.7, 0.0),
        (1.0, 1.0 + 2**-23, 1.0000001),
    ],
)
def test_the_shortest_number_between(low: float, high: float, short: float) -> None:
    assert shortest_between(low, high) == short


def test_neighbouring_numbers_are_told_apart(rng: np.random.Generator) -> None:
    for high in rng.normal(0, [[1e-6], [1.0], [1e5]], (3, 50)).astype(np.float32).ravel():
        low = np.nextafter(high, np.float32(-np.inf))
        value = shortest_between(float(low), float(high))
        assert low < value <= high and np.float32(value) == high


def test_few_scores() -> None:
    equal = Scores(np.full(4, 2.0), np.array([True, False, True, False]), np.zeros(4))
    made = operating_points(equal, 2.0, [0.0, 1.0])
    assert (made.false_accepts.tolist(), made.false_rejects.tolist()) == ([2, 0], [0, 2])
    assert made.at_fmr.tolist() == [1, 0] and made.thresholds[0] == 2.0 < made.thresholds[1]
    most = float(np.finfo(np.float32).max)
    wide = operating_points(Scores(np.array([-most, most]), np.array([False, True]), np.zeros(2)), 0.0, [0.0])
    assert wide.thresholds[0] <= -most and wide.thresholds[-1] > most and wide.false_rejects[wide.at_fmr[0]] == 0
    with pytest.raises(UserError, match="genuine and impostor"):
        operating_points(Scores(np.ones(3), np.ones(3, bool), np.zeros(3)), 1.0, [0.1])
