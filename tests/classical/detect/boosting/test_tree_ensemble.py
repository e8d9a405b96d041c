"""Sums of small trees, walked one by one."""

import numpy as np
import pytest

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_scores_are_the_sums_of_the_leaves_that_a_walk_ends_in(depth: int, rng: np.random.Generator) -> None:
    inner = 2**depth - 1
    trees = BoostedTrees(
        rng.integers(0, 5, (7, inner)).astype(np.int32),
        rng.standard_normal((7, inner)).astype(np.float32),
        rng.standard_normal((7, inner + 1)).astype(np.float32),
    )
    assert (len(trees), trees.depth) == (7, depth)
    values = rng.standard_normal((5, 40)).astype(np.float32)
    expected = []
    for sample in values.T:
        total = 0.0
        for features, thresholds, leaves in zip(trees.features, trees.thresholds, trees.leaves, strict=True):
            low, high = 0, inner + 1  # the leaves that are still possible
            node = 0
            while high - low > 1:
                if sample[features[node]] < thresholds[node]:
                    node, high = 2 * node + 1, (low + high) // 2
                else:
                    node, low = 2 * node + 2, (low + high) // 2
            total += float(leaves[low])
        expected.append(total)
    np.testing.assert_allclose(trees.score(values), expected, rtol=1e-12)


def test_a_value_on_the_threshold_goes_right() -> None:
    trees = BoostedTrees(np.zeros((1, 1), np.int32), np.full((1, 1), 0.5, np.float32), np.array([[1, 2]], np.float32))
    np.testing.assert_array_equal(trees.score(np.array([[0.4, 0.5, 0.6]], np.float32)), [1, 2, 2])


def test_what_is_no_tree_is_refused() -> None:
    features, thresholds = np.zeros((1, 3), np.int32), np.zeros((1, 3), np.float32)
    with pytest.raises(ValueError, match="expected 2, 4, 8"):
        BoostedTrees(features, thresholds, np.zeros((1, 5), np.float32))
    with pytest.raises(ValueError, match="features: expected shape"):
        BoostedTrees(features[:, :1], thresholds, np.zeros((1, 4), np.float32))
    with pytest.raises(ValueError, match="not finite"):
        BoostedTrees(features, thresholds, np.full((1, 4), np.nan, np.float32))
    with pytest.raises(ValueError, match="numbers from 0 on"):
        BoostedTrees(features - 1, thresholds, np.zeros((1, 4), np.float32))
    trees = BoostedTrees(features + 2, thresholds, np.zeros((1, 4), np.float32))
    with pytest.raises(ValueError, match="ask for 3 features, got 2"):
        trees.score(np.zeros((2, 9), np.float32))
