"""Average linkage against the slow loop over all groups, for all faces at once."""

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.matchers.cosine import Cosine
from eigen2arc.core.matchers.euclidean import Euclidean
from eigen2arc.recognize.clusterers.average_linkage import AverageLinkage


def slow(score: np.ndarray, threshold: float) -> set[frozenset[int]]:
    """Join the two groups with the highest mean score, until none has the threshold."""
    groups = [frozenset([i]) for i in range(len(score))]
    while len(groups) > 1:
        means = {
            (a, b): float(np.mean([score[i, j] for i in a for j in b]))
            for k, a in enumerate(groups)
            for b in groups[:k]
        }
        (a, b), best = max(means.items(), key=lambda one: one[1])
        if best < threshold:
            break
        groups = [one for one in groups if one not in (a, b)] + [a | b]
    return {group for group in groups if len(group) > 1}


@pytest.mark.parametrize(("metric", "matcher"), [("cosine", Cosine()), ("euclidean", Euclidean())])
def test_it_joins_the_groups_that_are_most_alike_on_average(metric, matcher, rng: np.random.Generator) -> None:
    person = rng.integers(0, 6, 24)
    vectors = (rng.normal(size=(6, 8))[person] + 0.6 * rng.normal(size=(24, 8))).astype(np.float32)
    score = matcher.score(vectors, vectors)
    for threshold in np.quantile(score, [0.6, 0.8, 0.95]).tolist():
        found = AverageLinkage().cluster(vectors, metric, threshold)
        assert {frozenset(np.flatnonzero(found == one).tolist()) for one in range(found.max() + 1)} == slow(
            score, threshold
        )


def test_too_many_faces_that_hang_together_are_refused() -> None:
    vectors = np.ones((12, 3), np.float32)
    assert (AverageLinkage(most=12).cluster(vectors, "cosine", 0.5) == 0).all()
    with pytest.raises(UserError, match="12 faces hang together, more than the 11 that it joins: take chinese_whi"):
        AverageLinkage(most=11).cluster(vectors, "cosine", 0.5)
