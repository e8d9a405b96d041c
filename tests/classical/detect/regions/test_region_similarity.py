"""Similarities and merges of regions against what their pixels say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.regions.region_features import color_histograms, regions_of
from eigen2arc.classical.detect.regions.region_similarity import Measures, merge, similarity, union_box


def measured(image: np.ndarray, labels: np.ndarray, by_size: float, by_fill: float, room: int = 0) -> Measures:
    """Of the segments, with zeros for ``room`` unions."""
    regions = regions_of(labels)
    histograms = color_histograms(image, labels, len(regions.sizes))
    rows = [np.concatenate([a, np.zeros((room, *a.shape[1:]), a.dtype)]) for a in (histograms, regions.sizes)]
    boxes = np.concatenate([regions.boxes, np.zeros((room, 4), np.int32)])
    return Measures(rows[0], rows[1], boxes, float(labels.size), by_size, by_fill)


def quarters(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A random image and four segments of uneven sizes."""
    rng = np.random.default_rng(seed)
    y, x = rng.integers(2, 9), rng.integers(2, 11)
    labels = (np.arange(10)[:, None] >= y) * 2 + (np.arange(12)[None] >= x)
    return rng.integers(0, 256, (10, 12, 2)).astype(np.uint8), labels.astype(np.int32)


def test_each_term_by_hand() -> None:
    """A cross of 5 pixels in the middle of a plain image of 5 x 5: a hole that is filled by the union."""
    labels = np.zeros((5, 5), np.int32)
    labels[2, 1:4] = labels[1:4, 2] = 1
    plain = np.full((5, 5, 1), 9, np.uint8)
    assert similarity(measured(plain, labels, 0.0, 0.0), 0, 1) == pytest.approx(1)
    assert similarity(measured(plain, labels, 1.0, 0.0), 0, 1) == pytest.approx(1 + 1 - 25 / 25)
    assert similarity(measured(plain, labels, 0.0, 1.0), 0, 1) == pytest.approx(1 + 1 - (25 - 20 - 5) / 25)
    plain[labels == 1] = 200
    assert similarity(measured(plain, labels, 1.0, 1.0), 0, 1) == pytest.approx(0 + 0 + 1)


@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_similarity_by_slow_loops(seed: int, by_size: bool, by_fill: bool) -> None:
    image, labels = quarters(seed)
    m = measured(image, labels, float(by_size), float(by_fill))
    for i in range(4):
        for j in range(4):
            shared = 0.0
            for channel in range(2):
                for bin in range(25):
                    shares = []
                    for region in (i, j):
                        values = image[labels == region][:, channel]
                        shares.append(np.mean((values >= bin * 10.24) & (values < (bin + 1) * 10.24)) / 2)
                    shared += min(shares)
            both = (labels == i) | (labels == j)
            rows, columns = np.nonzero(both)
            size = (labels == i).sum() + (labels == j).sum()
            box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
            expected = shared + by_size * (1 - size / 120) + by_fill * (1 - (box - size) / 120)
            assert similarity(m, i, j) == pytest.approx(expected, abs=1e-5)


@given(st.integers(0, 10**6))
def test_a_union_measures_as_if_it_had_been_one_segment(seed: int) -> None:
    image, labels = quarters(seed)
    m = measured(image, labels, 1.0, 1.0, room=2)
    merge(m, 0, 3, 4)
    merge(m, 4, 1, 5)
    joined = np.where(labels == 2, 1, 0).astype(np.int32)
    expected = measured(image, joined, 1.0, 1.0)
    np.testing.assert_allclose(m.histograms[5], expected.histograms[0], atol=1e-6)
    np.testing.assert_array_equal(m.boxes[5], expected.boxes[0])
    assert m.sizes[5] == expected.sizes[0]


def test_a_box_around_two() -> None:
    assert union_box(np.array([3, 8, 5, 9]), np.array([1, 7, 9, 8])) == (1, 7, 9, 9)
