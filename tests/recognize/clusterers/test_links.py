"""Pairs above a threshold, against a loop over all pairs, in blocks of any size."""

import numpy as np
import pytest

from eigen2arc.recognize.clusterers import _links
from eigen2arc.recognize.clusterers._links import MATCHERS, connected, links, numbered


@pytest.fixture
def vectors(rng: np.random.Generator) -> np.ndarray:
    """Faces of several lengths; two that are the same, and one that is nothing."""
    made = rng.normal(size=(40, 6)) * rng.uniform(0.5, 2, (40, 1)) + 3
    made[11], made[20] = made[3], 0
    return made.astype(np.float32)


@pytest.mark.parametrize("block_scores", [1, 130, 1 << 24])
@pytest.mark.parametrize(("metric", "share"), [("cosine", 0.3), ("cosine", 0.0), ("euclidean", 0.3), ("euclidean", 1)])
def test_links_are_the_pairs_that_the_matcher_scores_so(
    metric, share, block_scores, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_links, "BLOCK_SCORES", block_scores)
    monkeypatch.setattr(_links, "PAIRS_AT_A_TIME", 7)
    one = {(i, j): MATCHERS[metric].score_pairs(vectors[[i]], vectors[[j]])[0] for i in range(40) for j in range(40)}
    threshold = float(np.quantile([one[i, j] for i, j in one if i != j], 1 - share, method="lower"))  # a pair has it
    wanted = {pair: score for pair, score in one.items() if pair[0] != pair[1] and score >= threshold}
    found = [
        ((int(i), int(j)), score)
        for block in links(vectors, metric, threshold)
        for i, j, score in zip(*block, strict=True)
    ]
    assert dict(found) == wanted and len(found) == len(wanted) > 0


def test_nothing_is_less_than_no_distance_apart(vectors: np.ndarray) -> None:
    assert sum(len(block.first) for block in links(vectors, "euclidean", 0.1)) == 0
    assert sum(len(block.first) for block in links(vectors, "euclidean", 0.0)) == 2  # the two that are the same


@pytest.mark.parametrize("block_scores", [1, 200, 1 << 24])
def test_connected_parts_are_those_of_a_walk(
    block_scores: int, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_links, "BLOCK_SCORES", block_scores)
    score = MATCHERS["euclidean"].score(vectors, vectors)
    group = np.arange(40) % 3
    for threshold in np.quantile(score[score < 0], [0.9, 0.97, 0.99]):
        for groups in (None, group):
            part = connected(vectors, "euclidean", float(threshold), groups)
            for start in range(40):
                reached, waiting = set(), [start]
                while waiting:
                    face = waiting.pop()
                    reached.add(face)
                    near = np.flatnonzero(score[face] >= threshold)
                    waiting += [i for i in near if i not in reached and (groups is None or group[i] == group[face])]
                assert set(np.flatnonzero(part == part[start])) == reached


def test_the_largest_comes_first_and_who_is_alone_is_in_none() -> None:
    names = np.array([70, 5, 5, 9, 9, 9, -1, -1, 4, 4])
    assert numbered(names).tolist() == [-1, 1, 1, 0, 0, 0, -1, -1, 2, 2]
    assert numbered(np.empty(0, np.int64)).tolist() == []
