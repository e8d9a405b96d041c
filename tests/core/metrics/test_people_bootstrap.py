"""Resampling people against pairs that are really repeated, closed forms, and sums over pairs with a common person."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.metrics import detection, hter, people_bootstrap
from eigen2arc.core.metrics.people_bootstrap import Draws, draw, recall_at_fp, share, share_of_pairs, verification
from eigen2arc.core.metrics.verification import accuracy_by_fold, auc, eer, fnmr_at_fmr, roc
from eigen2arc.core.types import Scores


def pairs(
    rng: np.random.Generator, people: int, genuine: int, impostor: int, folds: int = 1, ties: bool = False
) -> tuple[Scores, np.ndarray, np.ndarray]:
    a = rng.integers(0, people, genuine + impostor)
    b = np.where(np.arange(len(a)) < genuine, a, (a + rng.integers(1, people, len(a))) % people)
    value = rng.normal(2.0 * (a == b), 1)
    value = value.round(1) if ties else value
    return Scores(value, a == b, rng.integers(0, folds, len(a))), a, b


def repeated(scores: Scores, times: np.ndarray) -> Scores:
    again = np.repeat(np.arange(len(times)), times.astype(int))
    return Scores(scores.value[again], scores.same[again], scores.fold[again])


@pytest.mark.parametrize("ties", [False, True])
def test_a_draw_is_what_the_metrics_say_of_repeated_pairs(rng: np.random.Generator, ties: bool) -> None:
    scores, a, b = pairs(rng, 20, 40, 60, ties=ties)
    a, b = 7 * a + 3, 7 * b + 3  # people have any numbers
    drawn = verification(scores, a, b, rounds=6)
    for i, counts in enumerate(draw(20, 6)):
        times = np.where(a == b, counts[(a - 3) // 7], counts[(a - 3) // 7] * counts[(b - 3) // 7])
        again = repeated(scores, times)
        assert drawn.auc.people[i] == pytest.approx(auc(again))
        assert drawn.eer.people[i] == pytest.approx(eer(again))
        right = [np.mean((again.value >= t) == again.same) for t in [*np.unique(again.value), np.inf]]
        assert drawn.accuracy.people[i] == pytest.approx(max(right))  # one fold: the best threshold is its own
        far, tar, _ = roc(again)
        for fmr, one in zip(drawn.band_fmr, drawn.band, strict=True):
            assert one.people[i] == pytest.approx(1 - tar[far <= fmr].max())


def test_thresholds_are_chosen_on_the_other_folds_again(rng: np.random.Generator) -> None:
    scores, a, b = pairs(rng, 12, 30, 30, folds=3)
    drawn = verification(scores, a, b, rounds=5)
    levels = np.unique(scores.value)[::-1]
    for i, counts in enumerate(draw(12, 5)):
        times = np.where(a == b, counts[a], counts[a] * counts[b])
        accuracies = []
        for fold in range(3):
            inside = scores.fold == fold
            right = [np.sum(times[~inside] * ((scores.value >= t) == scores.same)[~inside]) for t in levels]
            best = np.flatnonzero(np.array(right) == max(right))
            threshold = levels[best[len(best) // 2]]
            accuracies.append(np.average(((scores.value >= threshold) == scores.same)[inside], weights=times[inside]))
        assert drawn.accuracy.people[i] == pytest.approx(np.mean(accuracies))


def test_values_are_those_of_the_metrics(rng: np.random.Generator) -> None:
    scores, a, b = pairs(rng, 30, 60, 400, folds=4)
    drawn = verification(scores, a, b, rounds=2)
    assert drawn.accuracy.value == accuracy_by_fold(scores).mean
    assert (drawn.auc.value, drawn.eer.value) == (auc(scores), eer(scores))
    summary = hter.summary(scores)
    assert summary is not None and drawn.hter.value == summary["mean"]
    assert {name: one.value for name, one in drawn.fnmr_at_fmr.items()} == {"1e-1": fnmr_at_fmr(scores, 0.1)}


@pytest.mark.parametrize("folds", [1, 3])
def test_half_total_error_rate_of_repeated_pairs(rng: np.random.Generator, folds: int) -> None:
    scores, a, b = pairs(rng, 20, 40, 60, folds=folds, ties=True)
    drawn = verification(scores, a, b, rounds=8)
    for i, counts in enumerate(draw(20, 8)):
        summary = hter.summary(repeated(scores, np.where(a == b, counts[a], counts[a] * counts[b])))
        assert summary is not None and drawn.hter.people[i] == pytest.approx(summary["mean"])


@pytest.mark.parametrize("people", [80, 2000])
def test_the_spread_is_a_sum_over_pairs_with_a_common_person(people: int) -> None:
    """Of the AUC, whose influence a pair has by its rank among the others (DeLong); few people with much in common,
    and many of whom hardly anybody is in two pairs."""
    rng = np.random.default_rng(5)
    a = rng.integers(0, people, 600)
    b = np.where(np.arange(600) < 300, a, (a + rng.integers(1, people, 600)) % people)
    of_person = rng.normal(0, 1, people)
    value = 2.0 * (a == b) + 0.7 * (of_person[a] + of_person[b]) + rng.normal(0, 1, 600)
    scores = Scores(value, a == b, np.zeros(600))
    drawn = verification(scores, a, b)
    genuine, impostor = scores.value[scores.same], scores.value[~scores.same]
    influence = np.empty(600)
    influence[scores.same] = [np.mean(impostor < v) for v in genuine]
    influence[~scores.same] = [np.mean(genuine > v) for v in impostor]
    influence = (influence - auc(scores)) / 300
    common = (a[:, None] == a) | (a[:, None] == b) | (b[:, None] == a) | (b[:, None] == b)
    wanted = np.sqrt(influence @ common @ influence)
    assert drawn.auc.std == pytest.approx(wanted, rel=0.12)


def test_a_share_of_independent_trials_has_the_binomial_spread(rng: np.random.Generator) -> None:
    right = rng.random(500) < 0.8
    one = share(right, np.arange(500))
    assert one.std == pytest.approx(np.sqrt(np.mean(right) * np.mean(~right) / 499), rel=0.08)
    assert one.units == 500 and one.value == pytest.approx(right.mean())


def test_a_share_of_pairs_is_that_of_repeated_ones(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_bootstrap, "WEIGHTS_AT_A_TIME", 200)
    scores, a, b = pairs(rng, 20, 30, 40)
    right = scores.value > 1
    drawn = share_of_pairs(right, 3 * a, 3 * b, rounds=7)
    for i, counts in enumerate(draw(20, 7)):
        times = np.where(a == b, counts[a], counts[a] * counts[b])
        assert drawn.people[i] == pytest.approx(np.mean(np.repeat(right, times.astype(int))))
    assert drawn.value == right.mean() and drawn.units == 20


def test_the_spread_of_a_share_of_pairs_is_a_sum_over_those_with_a_common_person() -> None:
    rng = np.random.default_rng(5)
    a = rng.integers(0, 80, 600)
    b = (a + rng.integers(1, 80, 600)) % 80
    of_person = rng.normal(0, 1, 80)
    right = of_person[a] + of_person[b] + rng.normal(0, 1, 600) > -1
    influence = (right - right.mean()) / 600
    common = (a[:, None] == a) | (a[:, None] == b) | (b[:, None] == a) | (b[:, None] == b)
    assert share_of_pairs(right, a, b).std == pytest.approx(np.sqrt(influence @ common @ influence), rel=0.12)


def test_trials_of_one_person_hang_together(rng: np.random.Generator) -> None:
    """The ratio estimator's error: W. Cochran, "Sampling Techniques", 1977, section 6.5."""
    person = rng.integers(0, 60, 900)
    right = rng.random(900) < rng.random(60)[person]
    weight = rng.random(900)
    sizes, hits = np.bincount(person, weight), np.bincount(person, weight * right)
    value = hits.sum() / sizes.sum()
    wanted = np.sqrt(60 / 59 * np.sum((hits - value * sizes) ** 2)) / sizes.sum()
    one = share(right, person, weight)
    assert one.value == pytest.approx(value) and one.std == pytest.approx(wanted, rel=0.1)


def test_recall_of_repeated_images(rng: np.random.Generator) -> None:
    image = rng.integers(0, 15, 80)
    faces = np.bincount(image, minlength=15) + 1.0
    hits, scores = rng.random(80) < 0.6, rng.normal(size=80).round(1)
    gains = hits * rng.random(80)
    for gained, roc_of in ((None, detection.discrete_roc), (gains, None)):
        drawn = recall_at_fp(hits, scores, image, faces, (0, 5, 90), gained, rounds=4)
        for i, counts in enumerate(draw(15, 4)):
            times = counts[image].astype(int)
            h, s, g = (np.repeat(column, times) for column in (hits, scores, gains))
            total = int(faces @ counts)
            false, recall = roc_of(h, s, total) if roc_of else detection.continuous_roc(h, g, s, total)
            for count in (0, 5, 90):
                assert drawn[count].people[i] == pytest.approx(detection.recall_at_fp(false, recall, count))
    nothing = recall_at_fp(hits[:0], scores[:0], image[:0], faces, (10,), rounds=3)[10]
    assert nothing.value == 0 and nothing.interval()[0] == 0


def test_draws_are_the_same_for_every_system(rng: np.random.Generator) -> None:
    scores, a, b = pairs(rng, 30, 60, 60, folds=2)
    one, same = (verification(scores, a, b, rounds=8).accuracy for _ in range(2))
    between = one - same
    assert between.value == 0 and between.std == 0 and between.half_width() == 0


def test_a_single_person_says_nothing() -> None:
    assert share(np.array([True, False]), np.zeros(2)).interval() == (0.0, 1.0)


def test_what_cannot_be_drawn_is_left_out() -> None:
    """With three people a draw often has no impostor pair: those do not count."""
    scores = Scores(np.array([1, 2, 3, 0]), np.array([True, True, True, False]), np.zeros(4))
    drawn = verification(scores, np.array([0, 1, 2, 0]), np.array([0, 1, 2, 1]), rounds=50)
    assert np.isnan(drawn.auc.people).any() and np.isfinite(drawn.auc.std)


@given(st.floats(0, 1), st.integers(2, 50))
def test_the_interval_holds_the_value(value: float, units: int) -> None:
    draws = np.clip(np.random.default_rng(units).normal(value, 0.05, 40), 0, 1)
    low, high = Draws(value, draws, None, units).interval()
    assert 0 <= low <= value + 1e-12 and value - 1e-12 <= high <= 1
    assert people_bootstrap.LEVEL == 0.95
