"""Grouping against algorithm 1 done naively: all similarities of all pairs from the pixels, before each merge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.regions.hierarchical_grouping import group
from eigen2arc.classical.detect.regions.region_features import color_histograms, regions_of
from eigen2arc.classical.detect.regions.region_similarity import intersection


def mosaic(seed: int, height: int, width: int, segments: int) -> tuple[np.ndarray, np.ndarray]:
    """An image, and connected segments that grew from seeds, numbered without a gap."""
    rng = np.random.default_rng(seed)
    segments = min(segments, height * width)
    labels = np.full(height * width, -1)
    labels[rng.permutation(height * width)[:segments]] = np.arange(segments)
    labels = labels.reshape(height, width)
    while (labels < 0).any():
        y, x = (int(v) for v in rng.permutation(np.argwhere(labels < 0))[0])
        beside = [labels[b, a] for b, a in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1))
                  if 0 <= b < height and 0 <= a < width and labels[b, a] >= 0]  # fmt: skip
        if beside:
            labels[y, x] = rng.choice(beside)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8), labels.astype(np.int32)


def touch(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two masks have pixels that are neighbours in the eight-neighbour grid."""
    grown = np.zeros_like(a)
    for y, x in np.argwhere(a):
        grown[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = True
    return bool((grown & b).any())


def box_of(mask: np.ndarray) -> list[int]:
    rows, columns = np.nonzero(mask)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def slow_similarity(image: np.ndarray, a: np.ndarray, b: np.ndarray, names: str) -> float:
    """Eq. (6) from the pixels of two masks."""
    x1, y1, x2, y2 = box_of(a | b)
    shares = []
    for mask in (a, b):
        counts = np.concatenate([np.histogram(image[mask][:, c], 25, (0, 256))[0] for c in range(3)])
        shares.append(counts / (3 * mask.sum()))
    terms = {
        "C": np.minimum(*shares).sum(),
        "S": 1 - (a | b).sum() / a.size,
        "F": 1 - ((x2 - x1) * (y2 - y1) - (a | b).sum()) / a.size,
    }
    return sum(terms[name] for name in names)


def slow_group(image: np.ndarray, labels: np.ndarray, names: str) -> tuple[list[list[int]], list[int]]:
    """Boxes in the order in which their regions arise, and how many regions each lies in, itself among them."""
    masks = [labels == number for number in range(labels.max() + 1)]
    alive = list(range(len(masks)))
    while len(alive) > 1:
        pairs = [(i, j) for i in alive for j in alive if i < j and touch(masks[i], masks[j])]
        similarities = [slow_similarity(image, masks[i], masks[j], names) for i, j in pairs]
        best = int(np.argmax(similarities))
        # The fast version adds in float32: nothing here may be too close to call.
        assert len(pairs) == 1 or np.partition(similarities, -2)[-2] < similarities[best] - 1e-6
        i, j = pairs[best]
        masks.append(masks[i] | masks[j])
        alive = [k for k in alive if k not in (i, j)] + [len(masks) - 1]
    levels = [sum((outer >= mask).all() for outer in masks) for mask in masks]
    return [box_of(mask) for mask in masks], levels


@pytest.mark.parametrize("names", ["C", "CS", "CF", "CSF"])
@pytest.mark.parametrize("seed", [0, 1, 3])
def test_the_same_regions_as_the_naive_algorithm(names: str, seed: int) -> None:
    image, labels = mosaic(seed, 11, 13, 10)
    regions = regions_of(labels)
    histograms = color_histograms(image, labels, len(regions.sizes))
    hierarchy = group(regions, histograms, labels.size, "S" in names, "F" in names)
    boxes, levels = slow_group(image, labels, names)
    assert hierarchy.boxes.tolist() == boxes
    assert hierarchy.levels.tolist() == levels


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 12), st.integers(1, 20), st.booleans(), st.booleans())
def test_every_merge_joins_two_and_the_last_is_the_image(
    seed: int, height: int, width: int, segments: int, by_size: bool, by_fill: bool
) -> None:
    """Also where all similarities are the same, as without any measure."""
    _, labels = mosaic(seed, height, width, segments)
    regions = regions_of(labels)
    n = len(regions.sizes)
    boxes, levels = group(regions, np.zeros((n, 0), np.float32), labels.size, by_size, by_fill)
    # Kraft's equality holds for every binary tree.
    assert levels[-1] == 1 and np.sum(0.5 ** (levels[:n] - 1)) == 1
    assert len(levels) == len(boxes) == 2 * n - 1
    np.testing.assert_array_equal(boxes[:n], regions.boxes)
    assert boxes[-1].tolist() == [0, 0, width, height]
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    assert (areas[n:] >= areas[:n].min()).all()


def test_a_chain_of_greys_by_hand() -> None:
    """Four columns; the first two are alike, then the two are like the third, the last one is like none."""
    labels = np.repeat([[0, 1, 2, 3]], 4, axis=0).astype(np.int32)
    regions = regions_of(labels)
    histograms = np.array([[1, 0, 0], [0.9, 0.1, 0], [0.3, 0.6, 0.1], [0, 0, 1]], np.float32)
    boxes, levels = group(regions, histograms, 16, False, False)
    assert levels.tolist() == [4, 4, 3, 2, 3, 2, 1]
    assert boxes[4:].tolist() == [[0, 0, 2, 4], [0, 0, 3, 4], [0, 0, 4, 4]]


def test_the_inputs_are_left_alone() -> None:
    image, labels = mosaic(9, 10, 10, 8)
    regions = regions_of(labels)
    histograms = color_histograms(image, labels, len(regions.sizes))
    before = [array.copy() for array in (*regions, histograms)]
    group(regions, histograms, 100, True, True)
    for array, copy in zip((*regions, histograms), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@given(st.lists(st.floats(0, 1, width=32), max_size=40), st.integers(0, 100))
def test_intersection_by_a_slow_loop(values: list[float], turn: int) -> None:
    a = np.array(values, np.float32)
    b = np.roll(a, turn)
    assert intersection(a, b) == pytest.approx(sum(min(p, q) for p, q in zip(a, b, strict=True)), rel=1e-5, abs=1e-6)
