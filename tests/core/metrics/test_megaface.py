"""MegaFace's figures against slow loops and other metrics of ours."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.metrics import megaface
from eigen2arc.core.metrics.identification import RANKS_KEPT
from eigen2arc.core.metrics.verification import roc
from eigen2arc.core.types import Scores


def test_every_ordered_pair_of_one_person() -> None:
    labels = np.array([2, 0, 2, 1, 2, 0])
    probe, mate = megaface.trials(labels)
    wanted = {(a, b) for a, b in permutations(range(6), 2) if labels[a] == labels[b]}
    assert set(zip(probe.tolist(), mate.tolist(), strict=True)) == wanted and len(probe) == len(wanted)
    assert len(megaface.trials(np.arange(3))[0]) == 0


@pytest.mark.parametrize(
    ("distractors", "counts"),
    [(7, [7]), (10, [10]), (11, [10, 11]), (1_000_000, [10, 100, 1000, 10_000, 100_000, 1_000_000])],
)
def test_powers_of_ten_and_all(distractors: int, counts: list[int]) -> None:
    assert megaface.distractor_counts(distractors) == counts


@st.composite
def challenge(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """labels (P,), scores (P, N) with many ties, and the lengths of the pieces that they come in."""
    labels = np.array(draw(st.lists(st.integers(0, 3), min_size=2, max_size=9)))
    lengths = draw(st.lists(st.integers(1, 30), min_size=1, max_size=6))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return labels, rng.integers(0, 40, (len(labels), sum(lengths))).astype(np.float32), lengths


@given(challenge(), st.integers(1, 12))
def test_a_pass_in_pieces_against_all_at_once(drawn: tuple[np.ndarray, np.ndarray, list[int]], highest: int) -> None:
    labels, scores, lengths = drawn
    counts = megaface.distractor_counts(scores.shape[1])
    pieces = np.split(scores, np.cumsum(lengths)[:-1], axis=1)
    best, top = megaface.tally(iter(pieces), len(labels), counts, highest)
    assert best.shape == (len(counts), len(labels), RANKS_KEPT)
    for count, kept in zip(counts, best, strict=True):
        for p in range(len(labels)):
            wanted = sorted(scores[p, :count].tolist(), reverse=True)[:RANKS_KEPT]
            assert sorted(kept[p][np.isfinite(kept[p])].tolist(), reverse=True) == wanted
    wanted = sorted(scores.ravel().tolist(), reverse=True)[:highest]
    assert sorted(top[np.isfinite(top)].tolist(), reverse=True) == wanted


@given(challenge())
def test_figures_against_a_slow_loop(drawn: tuple[np.ndarray, np.ndarray, list[int]]) -> None:
    labels, scores, _ = drawn
    probe, _ = megaface.trials(labels)
    if not len(probe):
        return
    own = np.random.default_rng(len(labels)).integers(20, 45, len(probe)).astype(np.float32)
    counts = megaface.distractor_counts(scores.shape[1])
    best, top = megaface.tally([scores], len(labels), counts, 1)
    made = megaface.summary(own, probe, labels, best, top, counts, protocol="p", not_found=3)
    for count in counts:
        right = 0
        for score, p in zip(own.tolist(), probe.tolist(), strict=True):
            right += all(score > other for other in scores[p, :count].tolist())
        assert made["rank1_by_distractors"][str(count)] == pytest.approx(right / len(probe))
    for k, share in enumerate(made["cmc"], 1):
        behind = [
            sum(other >= score for other in scores[p].tolist()) for score, p in zip(own.tolist(), probe, strict=True)
        ]
        assert share == pytest.approx(np.mean([n < k for n in behind]))
    assert made["rank1"] == made["cmc"][0] == made["rank1_by_distractors"][str(counts[-1])]
    assert (made["probes"], made["gallery"], made["not_found"]) == (len(probe), scores.shape[1] + 1, 3)
    assert made["tar_at_far"] == {"1e-6": "too few impostors"}


@given(st.integers(0, 9999), st.integers(0, 30))
def test_tar_is_that_of_the_roc(seed: int, allowed: int) -> None:
    rng = np.random.default_rng(seed)
    genuine, impostor = rng.integers(10, 30, 25).astype(np.float32), rng.integers(0, 25, 60).astype(np.float32)
    scores = Scores(np.concatenate([genuine, impostor]), np.repeat([True, False], [25, 60]), np.zeros(85))
    far, tar, _ = roc(scores)
    top = np.sort(impostor)[::-1][: allowed + 1]
    enough = 30 * 10**6  # as many impostor pairs as the figure asks for
    assert megaface.tar(genuine, top, enough) == pytest.approx(tar[far <= (allowed + 0.5) / 60].max())
    assert megaface.tar(genuine, top, enough - 1) is None


def test_one_in_a_million() -> None:
    assert [megaface.allowed_impostors(pairs) for pairs in (999_999, 1_000_000, 3_530_000_000)] == [0, 1, 3530]
