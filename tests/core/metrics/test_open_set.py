"""Open-set identification against slow loops over all thresholds, and cases worked by hand."""

import numpy as np
import pytest

from eigen2arc.core.metrics import identification, open_set
from eigen2arc.core.metrics.open_set import OpenRound
from eigen2arc.core.metrics.people_bootstrap import draw


def drawn(rng: np.random.Generator, mated: int = 40, strangers: int = 300) -> OpenRound:
    """Few different scores: many ties; some are not first, or have no face."""
    right = rng.integers(3, 12, mated).astype(np.float64)
    right[rng.random(mated) < 0.2] = -np.inf
    best = rng.integers(0, 8, strangers).astype(np.float64)
    best[rng.random(strangers) < 0.1] = -np.inf
    return OpenRound(right, best)


def test_threshold_by_trying_all(rng: np.random.Generator) -> None:
    one = drawn(rng)
    found = open_set.threshold(one.strangers, 0.1)
    assert found is not None and np.mean(one.strangers >= found) <= 0.1
    lower = np.nextafter(found, -np.inf)
    assert np.mean(one.strangers >= lower) > 0.1
    for count, fpir, enough in ((299, 0.1, False), (300, 0.1, True), (2999, 0.01, False), (3000, 0.01, True)):
        assert (open_set.threshold(np.arange(count, dtype=float), fpir) is not None) == enough


def test_of_1000_strangers_one_percent_are_ten() -> None:
    found = open_set.threshold(np.arange(3000.0), 0.01)
    assert found is not None and 2969 < found <= 2970
    assert np.count_nonzero(np.arange(3000.0) >= found) == 30


def test_curve_by_a_slow_loop(rng: np.random.Generator) -> None:
    one = drawn(rng)
    fpir, dir_ = open_set.curve(one)
    levels = sorted({v for v in [*one.right.tolist(), *one.strangers.tolist()] if np.isfinite(v)}, reverse=True)
    slow = [(np.mean(one.strangers >= level), np.mean(one.right >= level)) for level in levels]
    np.testing.assert_allclose(np.stack([fpir, dir_], axis=1), [(0, 0), *slow])


def test_mean_curve_by_a_slow_loop(rng: np.random.Generator) -> None:
    rounds = [drawn(rng), drawn(rng, 30, 200)]
    grid, heights = open_set.mean_curve(rounds)
    assert len(grid) == 301 and np.allclose(grid * 300, np.arange(301))
    levels = np.append(np.arange(12.0), np.inf)
    for fpir, height in list(zip(grid, heights, strict=True))[::7]:
        best = [
            max(np.mean(one.right >= level) for level in levels if np.mean(one.strangers >= level) <= fpir + 1e-9)
            for one in rounds
        ]
        assert height == pytest.approx(np.mean(best))


def test_summary_of_one_round_and_of_two(rng: np.random.Generator) -> None:
    rounds = [drawn(rng), drawn(rng)]
    alone = open_set.summary(rounds[:1])
    found = open_set.threshold(rounds[0].strangers, 0.1)
    assert found is not None
    named = int(np.sum(rounds[0].right >= found))
    assert alone["dir_at_fpir"] == {"1e-1": named / 40, "1e-2": "too few strangers", "1e-3": "too few strangers"}
    assert alone["threshold"] == {"1e-1": [found]} and (alone["probes"], alone["strangers"]) == (40, 300)
    both = open_set.summary(rounds)
    shares = [open_set.summary([one])["dir_at_fpir"]["1e-1"] for one in rounds]
    assert both["dir_at_fpir"]["1e-1"] == pytest.approx(np.mean(shares))
    few = OpenRound(rounds[0].right, rounds[0].strangers[:20])
    assert open_set.summary([rounds[1], few])["dir_at_fpir"]["1e-1"] == "too few strangers"


def test_resampled_people_are_probes_that_stand_there_again(rng: np.random.Generator) -> None:
    """Against rounds in which everybody's probes stand as often as the person was drawn."""
    rounds = [drawn(rng), drawn(rng)]
    mated, strangers = [rng.integers(0, 15, 40) for _ in rounds], [rng.integers(10, 60, 300) for _ in rounds]
    made = open_set.resample(rounds, mated, strangers, 0.1, draws=20)
    assert made.value == pytest.approx(open_set.summary(rounds)["dir_at_fpir"]["1e-1"])
    people = np.unique(np.concatenate([*mated, *strangers]))
    assert made.units == len(people)
    for value, weights in zip(made.people, draw(len(people), 20).astype(int), strict=True):
        often = dict(zip(people.tolist(), weights.tolist(), strict=True))
        again = [
            OpenRound(
                np.repeat(one.right, [often[p] for p in own.tolist()]),
                np.repeat(one.strangers, [often[p] for p in others.tolist()]),
            )
            for one, own, others in zip(rounds, mated, strangers, strict=True)
        ]
        thresholds = [np.sort(one.strangers)[::-1][int(0.1 * len(one.strangers) + 1e-6)] for one in again]
        shares = [np.mean(one.right > t) for one, t in zip(again, thresholds, strict=True)]
        assert value == pytest.approx(np.mean(shares))


def test_the_interval_covers_the_true_rate(rng: np.random.Generator) -> None:
    """N(2, 1) against N(0, 1) at 10 %: the truth is P(Z >= 1.2816 - 2), and 95 of 100 intervals hold it, nearly."""
    held = 0
    for _ in range(60):
        one = OpenRound(rng.normal(2, 1, 150), rng.normal(0, 1, 300))
        low, high = open_set.resample([one], [np.arange(150)], [np.arange(150, 450)], 0.1, draws=100).interval()
        held += low <= 0.7637 <= high
    assert held >= 51


def test_who_is_refused_for_want_of_a_face_is_never_named() -> None:
    """Even a threshold that lets all strangers in that have a face."""
    one = OpenRound(np.array([-np.inf, 1.0]), np.full(300, -np.inf))
    assert open_set.summary([one])["dir_at_fpir"]["1e-1"] == 0.5


def test_known_rates_of_gaussian_scores(rng: np.random.Generator) -> None:
    """Mated N(2, 1) and strangers N(0, 1): DIR at FPIR 1 % is P(Z >= 2.3263 - 2)."""
    one = OpenRound(rng.normal(2, 1, 100_000), rng.normal(0, 1, 100_000))
    assert open_set.summary([one])["dir_at_fpir"]["1e-2"] == pytest.approx(0.3721, abs=0.02)


def test_answers_for_strangers_by_a_slow_loop(rng: np.random.Generator) -> None:
    gallery = rng.permutation(np.repeat([3, 8, 20], [1, 2, 3]))
    probes = rng.choice([-1, 3, 5, 8, 20, 41], 200)
    similarity = rng.integers(0, 5, (200, 6)).astype(np.float32)
    made = identification.answers(similarity, probes, gallery)
    known = np.isin(probes, gallery)
    assert (made.rank[~known] == 0).all()
    mated = identification.answers(similarity[known], probes[known], gallery)
    for name, values in vars(mated).items():
        np.testing.assert_array_equal(getattr(made, name)[known], values)
    for i in np.flatnonzero(~known):
        row = similarity[i]
        best = {int(person): row[gallery == person].max() for person in np.unique(gallery)}
        ranked = sorted(best, key=lambda person: (-best[person], person))
        assert [made.named[i], made.runner_up[i]] == ranked[:2]
        assert [made.score[i], made.runner_up_score[i]] == [best[person] for person in ranked[:2]]
