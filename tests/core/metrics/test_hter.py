"""The half total error rate against a slow loop over folds and thresholds."""

import numpy as np
import pytest

from eigen2arc.core.metrics import hter, verification
from eigen2arc.core.types import Scores


def test_by_a_slow_loop(rng: np.random.Generator) -> None:
    same = rng.random(600) < 0.4
    scores = Scores(rng.normal(1.5 * same, 1).round(1), same, np.arange(600) % 5)
    made = hter.summary(scores)
    assert made is not None and not made["in_sample"]
    for fold, rate in enumerate(made["folds"]):
        others, tested = scores.fold != fold, scores.fold == fold
        gap, threshold = min(
            (
                abs(np.mean(scores.value[others & ~same] >= t) - np.mean(scores.value[others & same] < t)),
                -t,
            )
            for t in np.unique(scores.value[others]).tolist()
        )
        fmr = np.mean(scores.value[tested & ~same] >= -threshold)
        fnmr = np.mean(scores.value[tested & same] < -threshold)
        assert gap < 0.1 and rate == pytest.approx((fmr + fnmr) / 2)
    assert made["mean"] == pytest.approx(np.mean(made["folds"]))


def test_one_fold_is_near_its_equal_error_rate(rng: np.random.Generator) -> None:
    same = np.arange(20_000) % 2 == 0
    scores = Scores(rng.normal(2.0 * same, 1), same, np.zeros(20_000))
    made = hter.summary(scores)
    assert made is not None and made["in_sample"]
    assert made["mean"] == pytest.approx(verification.eer(scores), abs=1e-3)


def test_folds_of_one_kind_are_left_out() -> None:
    scores = Scores(np.array([1, 0, 1, 0, 1]), np.array([1, 0, 1, 0, 1]), np.array([0, 0, 1, 1, 2]))
    assert hter.summary(scores) == {"mean": 0.0, "folds": [0.0, 0.0], "in_sample": False}
    assert hter.summary(Scores(np.ones(2), np.array([1, 0]), np.array([0, 1]))) is None
