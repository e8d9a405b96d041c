"""Grouping against its definition, without union-find and without arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.cascade.engine.group_rectangles import clip, group_rectangles, similar_sets


def slow_sets(boxes: np.ndarray) -> list[int]:
    """Spread each new label over everything that a chain of like boxes reaches."""

    def alike(a: np.ndarray, b: np.ndarray) -> bool:
        corners = np.abs([a[0] - b[0], a[1] - b[1], a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]])
        return bool(corners.max() <= 0.2 * (min(a[2], b[2]) + min(a[3], b[3])) / 2)

    labels = [-1] * len(boxes)
    for start in range(len(boxes)):
        if labels[start] >= 0:
            continue
        number, reached = max(labels) + 1, [start]
        while reached:
            i = reached.pop()
            labels[i] = number
            reached += [j for j in range(len(boxes)) if labels[j] < 0 and alike(boxes[i], boxes[j])]
    return labels


def crowd(seed: int, count: int) -> np.ndarray:
    """(count, 4) boxes around a few places, so that some are alike and some are chained."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 100, (4, 2))[rng.integers(0, 4, count)]
    return np.column_stack(
        [centres + rng.integers(-9, 10, (count, 2)), np.repeat(rng.integers(20, 60, (count, 1)), 2, 1)]
    )


@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_sets_are_the_chains_of_like_boxes(seed: int, count: int) -> None:
    boxes = crowd(seed, count)
    assert similar_sets(boxes).tolist() == slow_sets(boxes)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 4))
def test_a_group_is_its_boxes_mean_and_best_weight(seed: int, count: int, min_neighbors: int) -> None:
    boxes, weights = crowd(seed, count), np.random.default_rng(seed).normal(size=count)
    labels = np.array(slow_sets(boxes))
    means, members, best = [], [], []
    for label in range(labels.max() + 1):
        means.append(np.rint(boxes[labels == label].astype(np.float32).mean(axis=0)).astype(int))
        members.append(int((labels == label).sum()))
        best.append(float(weights[labels == label].max()))
    expected = []
    for i, (x, y, width, height) in enumerate(means):
        swallowed = False
        for j, (left, top, wide, high) in enumerate(means):
            dx, dy = round(0.2 * wide), round(0.2 * high)
            inside = (
                left - dx <= x and top - dy <= y and x + width <= left + wide + dx and y + height <= top + high + dy
            )
            larger = members[j] > min_neighbors and (members[j] > max(3, members[i]) or members[i] < 3)
            swallowed |= i != j and inside and larger
        if members[i] > min_neighbors and not swallowed:
            expected.append((x, y, width, height, best[i]))
    grouped, surest = group_rectangles(boxes, weights, min_neighbors)
    assert list(map(tuple, np.column_stack([grouped, surest]).tolist())) == [
        pytest.approx(row, abs=1) for row in expected
    ]


def test_clip() -> None:
    boxes = np.array([[-5, 2, 10, 4], [95, 45, 10, 10], [100, 0, 10, 10], [3, 4, 5, 6]])
    inside, weights = clip(boxes, np.arange(4.0), (100, 50))
    np.testing.assert_array_equal(inside, [[0, 2, 5, 4], [95, 45, 5, 5], [3, 4, 5, 6]])
    np.testing.assert_array_equal(weights, [0, 1, 3])


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_a_summed_groups_weight_is_the_sum_of_its_boxes(seed: int, count: int) -> None:
    boxes, weights = crowd(seed, count), np.random.default_rng(seed).random(count)
    best, _ = group_rectangles(boxes, weights, 1)
    means, sums = group_rectangles(boxes, weights, 1, summed=True)
    np.testing.assert_array_equal(means, best)
    labels = np.array(slow_sets(boxes))
    possible = [weights[labels == label].sum() for label in range(labels.max() + 1)]
    assert all(np.isclose(total, possible).any() for total in sums)
