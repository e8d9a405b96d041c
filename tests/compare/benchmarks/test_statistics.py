"""The simulated worlds have the distributions of their closed forms; intervals, tests and plans hold in them."""

import numpy as np
import pytest

from eigen2arc.compare.benchmarks import statistics
from eigen2arc.compare.benchmarks.statistics import World, called_different, coverage, planned, verification_test
from eigen2arc.core.metrics.verification import auc, eer, fnmr_at_fmr


def test_the_closed_forms_are_those_of_a_large_test() -> None:
    world = World()
    (scores,), _, _ = verification_test(np.random.default_rng(0), 60_000, [world])
    truth = world.truth()
    assert auc(scores) == pytest.approx(truth["auc"], abs=0.002)
    assert eer(scores) == pytest.approx(truth["eer"], abs=0.004)
    assert fnmr_at_fmr(scores, 0.1) == pytest.approx(truth["fnmr_at_fmr/1e-1"], abs=0.006)


def test_pairs_stay_in_their_folds_and_people_have_different_numbers_of_them() -> None:
    (scores,), first, second = verification_test(np.random.default_rng(0), 50, [World()])
    assert (first % 10 == second % 10).all() and (first % 10 == scores.fold).all()
    assert ((first == second) == scores.same).all()
    assert len(set(np.bincount(first[scores.same]).tolist())) > 2


def test_every_row_is_a_share_of_simulated_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "ROUNDS", 20)
    rows = statistics.build(draws=2)
    assert all(row["unit"] == "%" and 0 <= (row["ours"] or 0) <= 100 for row in rows)
    assert [row["what"].split()[-3:] for row in rows].count(["holds", "the", "truth"]) == 11


@pytest.mark.slow
def test_intervals_hold_the_truth_and_tests_err_as_often_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few tests, so the bounds are wide: four standard errors. `eigen2arc bench statistics` has the figures."""
    monkeypatch.setattr(statistics, "ROUNDS", 150)
    held = coverage(120)
    assert held.pop(statistics.PERCENTILES) < held[statistics.RARE]
    for name, share in held.items():
        assert share == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 120)), name
    assert called_different(200, [World(), World()], 80) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 80)
    worlds = [World(), World(genuine=3.4)]
    people = planned(worlds, 40)
    assert called_different(people, worlds, 40) == pytest.approx(0.8, abs=4 * np.sqrt(0.8 * 0.2 / 40))
