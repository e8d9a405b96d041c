"""Failures to acquire: counted by hand, and refused pair by pair."""

import numpy as np
import pytest

from eigen2arc.core.metrics import acquisition, verification
from eigen2arc.core.metrics.intervals import wilson
from eigen2arc.core.types import Scores, Status


def test_the_share_and_what_it_counts_as() -> None:
    status = np.array([Status.FOUND] * 6 + [Status.CENTRE] * 2 + [Status.UNREADABLE], np.uint8)
    made = acquisition.summary(status)
    assert (made["images"], made["of"], made["counted_as"]) == (3, 9, {"centre": 2, "unreadable": 1})
    assert made["share"] == 3 / 9 and (made["interval"]["low"], made["interval"]["high"]) == wilson(3, 9)
    assert acquisition.summary(status[:6])["counted_as"] == {}


def test_refused_pairs_by_a_slow_loop(rng: np.random.Generator) -> None:
    same, acquired = rng.random(400) < 0.5, rng.random(400) < 0.8
    scores = Scores(rng.normal(2.0 * same, 1), same, np.arange(400) % 4)
    shares = []
    for fold in range(4):
        others = (scores.fold != fold) & acquired
        threshold = verification.best_threshold(scores.value[others], same[others])
        right = [same[p] == (acquired[p] and scores.value[p] >= threshold) for p in np.flatnonzero(scores.fold == fold)]
        shares.append(np.mean(right))
    assert acquisition.accuracy_if_refused(scores, acquired) == pytest.approx(np.mean(shares))


def test_all_found_and_none_found(rng: np.random.Generator) -> None:
    same = np.arange(40) % 2 == 0
    scores = Scores(rng.normal(2.0 * same, 1), same, np.arange(40) // 10)
    everything = np.ones(40, bool)
    assert acquisition.accuracy_if_refused(scores, everything) == verification.accuracy_by_fold(scores).mean
    assert acquisition.accuracy_if_refused(scores, ~everything) == 0.5
