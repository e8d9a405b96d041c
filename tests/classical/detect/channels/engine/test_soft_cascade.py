"""The soft cascade, against a window-by-window loop."""

import numpy as np
import pytest

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.classical.detect.channels.engine.soft_cascade import REJECTED, scan

WINDOW, CHANNELS, TREES = 5, 3, 40


def some_trees(rng: np.random.Generator, depth: int = 2, trees: int = TREES) -> BoostedTrees:
    features = rng.integers(0, CHANNELS * WINDOW * WINDOW, (trees, 2**depth - 1)).astype(np.int32)
    thresholds = rng.normal(0, 0.5, features.shape).astype(np.float32)
    return BoostedTrees(features, thresholds, rng.normal(0, 0.3, (trees, 2**depth)).astype(np.float32))


def slow_scan(cells: np.ndarray, trees: BoostedTrees, reject_below: float) -> np.ndarray:
    rows, columns = cells.shape[1] - WINDOW + 1, cells.shape[2] - WINDOW + 1
    sums = np.zeros((rows, columns))
    for y in range(rows):
        for x in range(columns):
            values = cells[:, y : y + WINDOW, x : x + WINDOW].reshape(-1)
            for features, thresholds, leaves in zip(trees.features, trees.thresholds, trees.leaves, strict=True):
                # The path to the leaf, as a number in binary: 0 left, 1 right.
                path = ""
                while len(path) < trees.depth:
                    node = 2 ** len(path) - 1 + int(path or "0", 2)
                    path += "0" if values[features[node]] < thresholds[node] else "1"
                sums[y, x] += leaves[int(path, 2)]
                if sums[y, x] < reject_below:
                    sums[y, x] = REJECTED
                    break
    return sums


@pytest.mark.parametrize("reject_below", [-0.2, -1.0, -100.0])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_scan_equals_the_slow_loop(rng: np.random.Generator, reject_below: float, depth: int) -> None:
    cells, chosen = rng.normal(size=(CHANNELS, 17, 30)).astype(np.float32), some_trees(rng, depth)
    found = scan(cells, WINDOW, chosen.features, chosen.thresholds, chosen.leaves, reject_below)
    expected = slow_scan(cells, chosen, reject_below)
    np.testing.assert_array_equal(found == REJECTED, expected == REJECTED)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert reject_below < -10 or (found == REJECTED).any()


def test_survivors_have_the_plain_sum_of_all_trees(rng: np.random.Generator) -> None:
    cells, trees = rng.normal(size=(CHANNELS, 20, 20)).astype(np.float32), some_trees(rng)
    found = scan(cells, WINDOW, trees.features, trees.thresholds, trees.leaves, -1.0)
    windows = np.lib.stride_tricks.sliding_window_view(cells, (WINDOW, WINDOW), axis=(1, 2))
    values = windows.transpose(0, 3, 4, 1, 2).reshape(CHANNELS * WINDOW * WINDOW, -1)
    plain = trees.score(np.ascontiguousarray(values)).reshape(found.shape)
    survived = found != REJECTED
    assert 0 < survived.sum() < survived.size
    np.testing.assert_allclose(found[survived], plain[survived], atol=1e-5)


@pytest.mark.parametrize("size", [(WINDOW, WINDOW), (WINDOW, 30), (30, WINDOW)])
def test_a_level_as_small_as_the_window_has_one_place(rng: np.random.Generator, size: tuple[int, int]) -> None:
    cells, trees = rng.normal(size=(CHANNELS, *size)).astype(np.float32), some_trees(rng)
    found = scan(cells, WINDOW, trees.features, trees.thresholds, trees.leaves, -100.0)
    assert found.shape == (size[0] - WINDOW + 1, size[1] - WINDOW + 1)
    np.testing.assert_allclose(found, slow_scan(cells, trees, -100.0), atol=1e-5)
