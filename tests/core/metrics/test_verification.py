"""Verification figures against closed forms, slow loops and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics import verification
from eigen2arc.core.types import Scores


def scores(value: object, same: object, fold: object = None) -> Scores:
    value = np.asarray(value, np.float32)
    return Scores(value, np.asarray(same, bool), np.zeros(len(value)) if fold is None else np.asarray(fold))


def gaussians(rng: np.random.Generator, d_prime: float, n: int) -> Scores:
    """Genuine scores from N(d', 1) and impostor scores from N(0, 1), n of each."""
    value = np.concatenate([rng.normal(d_prime, 1, n), rng.normal(0, 1, n)])
    return scores(value, np.arange(2 * n) < n)


@st.composite
def tied_scores(draw: st.DrawFn) -> Scores:
    """A few pairs of both kinds with few different scores, so that most are tied; three folds."""
    value = draw(st.lists(st.integers(-4, 4), min_size=2, max_size=24))
    same = [True, False] + [draw(st.booleans()) for _ in value[2:]]
    return scores(value, same, np.arange(len(value)) % 3)


@pytest.mark.parametrize("d_prime", [0.5, 1.0, 2.5])
def test_two_gaussians(rng: np.random.Generator, d_prime: float) -> None:
    n = 200_000
    drawn = gaussians(rng, d_prime, n)
    # AUC = Phi(d' / sqrt 2); EER = best error = Phi(-d' / 2), at the threshold d' / 2 by symmetry.
    assert verification.auc(drawn) == pytest.approx(norm.cdf(d_prime / np.sqrt(2)), abs=0.003)
    assert verification.eer(drawn) == pytest.approx(norm.cdf(-d_prime / 2), abs=0.003)
    accuracy = verification.accuracy_by_fold(drawn)
    assert accuracy.in_sample
    assert accuracy.mean == pytest.approx(norm.cdf(d_prime / 2), abs=0.003)
    assert accuracy.thresholds[0] == pytest.approx(d_prime / 2, abs=0.1)
    for fmr in (1e-1, 1e-2, 1e-3):
        expected = norm.cdf(norm.isf(fmr) - d_prime)
        assert verification.fnmr_at_fmr(drawn, fmr) == pytest.approx(expected, abs=0.02)


@given(tied_scores())
def test_auc_counts_pairs_and_halves_ties(drawn: Scores) -> None:
    wins = [(g > i) + (g == i) / 2 for g in drawn.value[drawn.same] for i in drawn.value[~drawn.same]]
    assert verification.auc(drawn) == pytest.approx(np.mean(wins))
    assert verification.auc(drawn) == pytest.approx(roc_auc_score(drawn.same, drawn.value))


@given(tied_scores())
def test_roc_is_what_each_threshold_does(drawn: Scores) -> None:
    far, tar, thresholds = verification.roc(drawn)
    assert thresholds[0] == np.inf
    assert thresholds[1:].tolist() == sorted(set(drawn.value.tolist()), reverse=True)
    for threshold, false, true in zip(thresholds, far, tar, strict=True):
        accepted = [v >= threshold for v in drawn.value]
        assert false == sum(a and not s for a, s in zip(accepted, drawn.same, strict=True)) / sum(~drawn.same)
        assert true == sum(a and s for a, s in zip(accepted, drawn.same, strict=True)) / sum(drawn.same)


def test_roc_equals_scikit_learn(rng: np.random.Generator) -> None:
    drawn = gaussians(rng, 1.0, 500)
    theirs = roc_curve(drawn.same, drawn.value, drop_intermediate=False)
    for mine, other in zip(verification.roc(drawn), theirs, strict=True):
        np.testing.assert_allclose(mine, other)


@given(tied_scores())
def test_threshold_is_the_best_of_all(drawn: Scores) -> None:
    threshold = np.float32(verification.best_threshold(drawn.value, drawn.same))
    levels = np.unique(drawn.value)
    candidates = [*levels, np.float32(levels[-1] + 1)]
    right = [int(np.sum((drawn.value >= t) == drawn.same)) for t in candidates]
    assert np.sum((drawn.value >= threshold) == drawn.same) == max(right)


def test_threshold_ties_by_hand() -> None:
    def best(value: list[float], same: list[int]) -> float:
        return verification.best_threshold(np.asarray(value, np.float32), np.asarray(same, bool))

    assert best([0, 1, 4, 5], [0, 0, 1, 1]) == 2.5
    assert best([0, 1, 2, 5], [0, 1, 0, 1]) == 3.5  # (0, 1] and (2, 5] are equally right: the wider one
    assert best([0, 1, 2, 3], [0, 1, 0, 1]) == 0.5  # equally wide: the lower one
    assert best([1, 2], [1, 0]) == 1.0  # accept all as good as accept none, both better than between: accept all
    assert best([1, 2, 3], [1, 0, 0]) > 3  # accept none
    assert best([7, 7], [1, 1]) == 7.0
    low, high = np.float32(1), np.nextafter(np.float32(1), np.float32(2))
    assert low < np.float32(best([low, high], [0, 1])) <= high  # no float32 lies between


def test_folds_by_a_slow_loop(rng: np.random.Generator) -> None:
    drawn = gaussians(rng, 1.5, 300)
    drawn = Scores(drawn.value, drawn.same, rng.integers(3, 13, 600))
    accuracy = verification.accuracy_by_fold(drawn)
    expected = []
    for fold in range(3, 13):
        others = [(float(v), bool(s)) for v, s, f in zip(drawn.value, drawn.same, drawn.fold, strict=True) if f != fold]
        threshold = verification.best_threshold(
            np.array([v for v, _ in others], np.float32), np.array([s for _, s in others])
        )
        inside = [(v >= threshold) == s for v, s, f in zip(*vars(drawn).values(), strict=True) if f == fold]
        expected.append(sum(inside) / len(inside))
    assert accuracy.folds.tolist() == pytest.approx(expected)
    assert accuracy.mean == pytest.approx(np.mean(expected))
    mean = sum(expected) / 10
    assert accuracy.std == pytest.approx((sum((e - mean) ** 2 for e in expected) / 9) ** 0.5)
    assert not accuracy.in_sample


def test_a_fold_is_judged_by_the_others_threshold() -> None:
    # Fold 1 alone would choose 15.5 and be faultless; fold 0 says 1.5, where all of fold 1 is accepted.
    drawn = scores([1, 2, 15, 16], [0, 1, 0, 1], [0, 0, 1, 1])
    accuracy = verification.accuracy_by_fold(drawn)
    assert accuracy.thresholds.tolist() == [15.5, 1.5]
    assert accuracy.folds.tolist() == [0.5, 0.5]


def test_eer_by_hand() -> None:
    assert verification.eer(scores([0, 1, 2, 3], [0, 0, 1, 1])) == 0
    assert verification.eer(scores([0, 1, 2, 3], [1, 1, 0, 0])) == 1
    assert verification.eer(scores([0, 1, 2, 3], [0, 1, 0, 1])) == 0.5
    assert verification.eer(scores([5, 5, 5], [0, 1, 1])) == 0.5  # one point jumps from (0, 0) to (1, 1): the middle
    # FMR, FNMR = (0, 1/2) then (1, 0) because two are tied: 1/3 of the way.
    assert verification.eer(scores([3, 2, 2], [1, 1, 0])) == pytest.approx(1 / 3)


@given(tied_scores(), st.sampled_from([np.exp, np.cbrt, lambda x: 3 * x - 7, lambda x: x**3 + x]))
def test_a_monotone_map_of_the_scores_changes_nothing(drawn: Scores, stretch: object) -> None:
    mapped = Scores(stretch(drawn.value.astype(np.float64)), drawn.same, drawn.fold)  # type: ignore[operator]
    assert verification.auc(mapped) == verification.auc(drawn)
    assert verification.eer(mapped) == verification.eer(drawn)
    for one, other in zip(verification.roc(mapped)[:2], verification.roc(drawn)[:2], strict=True):
        np.testing.assert_array_equal(one, other)
    alone = np.zeros(len(drawn.value))
    before = verification.accuracy_by_fold(Scores(drawn.value, drawn.same, alone))
    assert verification.accuracy_by_fold(Scores(mapped.value, drawn.same, alone)).mean == before.mean


@given(tied_scores(), st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_nothing(drawn: Scores, random: object) -> None:
    order = np.arange(len(drawn.value))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = Scores(drawn.value[order], drawn.same[order], drawn.fold[order])
    assert verification.summary(shuffled, protocol="", not_found=0) == verification.summary(
        drawn, protocol="", not_found=0
    )


def test_too_few_impostors_for_a_low_rate(rng: np.random.Generator) -> None:
    drawn = gaussians(rng, 2.0, 3000)
    figures = verification.summary(drawn, protocol="p", not_found=4)
    assert figures["fnmr_at_fmr"]["1e-3"] == figures["fnmr_at_fmr"]["1e-4"] == "too few impostors"
    assert 0 < figures["fnmr_at_fmr"]["1e-1"] < figures["fnmr_at_fmr"]["1e-2"] < 1
    # 30 of 3,000 impostors may be accepted: the threshold lies just above the 31st best of them.
    thirty_first = np.sort(drawn.value[~drawn.same])[-31]
    assert figures["fnmr_at_fmr"]["1e-2"] == pytest.approx(np.mean(drawn.value[drawn.same] <= thirty_first))
    assert (figures["pairs"], figures["not_found"], figures["protocol"]) == (6000, 4, "p")


@pytest.mark.parametrize("same", [[1, 1], [0, 0]])
def test_one_kind_of_pairs_only(same: list[int]) -> None:
    with pytest.raises(UserError, match="needs genuine and impostor pairs"):
        verification.roc(scores([0, 1], same))
