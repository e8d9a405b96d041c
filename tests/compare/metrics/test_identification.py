"""Ranks and the CMC against a slow loop and cases worked by hand."""

import numpy as np
import pytest

from eigen2arc.compare.metrics import identification
from eigen2arc.core.errors import UserError


def slow_rank(row: np.ndarray, label: int, gallery: np.ndarray) -> int:
    best: dict[int, float] = {}
    for value, person in zip(row.tolist(), gallery.tolist(), strict=True):
        best[person] = max(value, best.get(person, -np.inf))
    return 1 + sum(value >= best[label] for person, value in best.items() if person != label)


def test_ranks_by_a_slow_loop(rng: np.random.Generator) -> None:
    gallery = rng.permutation(np.repeat([3, 8, 9, 20, 41], [1, 2, 3, 4, 5]))
    probes = rng.choice([3, 8, 9, 20, 41], 200)
    similarity = rng.integers(0, 6, (200, 15)).astype(np.float32)  # few values: many ties
    place = identification.ranks(similarity, probes, gallery)
    assert place.tolist() == [slow_rank(row, p, gallery) for row, p in zip(similarity, probes, strict=True)]
    curve = identification.cmc(similarity, probes, gallery)
    assert curve.tolist() == pytest.approx([np.mean(place <= k) for k in range(1, 6)])


def test_by_hand() -> None:
    similarity = np.array([[0.9, 0.1, 0.5], [0.9, 0.1, 0.5], [0.2, 0.8, 0.8]])
    gallery = np.array([0, 1, 2])
    assert identification.ranks(similarity, np.array([0, 1, 2]), gallery).tolist() == [1, 3, 2]
    assert identification.cmc(similarity, np.array([0, 1, 2]), gallery).tolist() == pytest.approx([1 / 3, 2 / 3, 1])


def test_the_best_of_several_gallery_images_counts() -> None:
    similarity = np.array([[0.1, 0.7, 0.6]])
    assert identification.ranks(similarity, np.array([4]), np.array([4, 4, 5])).tolist() == [1]


def test_a_system_that_knows_nothing_is_not_lucky() -> None:
    curve = identification.cmc(np.zeros((10, 10)), np.arange(10), np.arange(10))
    assert curve.tolist() == [0] * 9 + [1]


def test_chance_level(rng: np.random.Generator) -> None:
    curve = identification.cmc(rng.random((20_000, 10)), rng.integers(0, 10, 20_000), np.arange(10))
    np.testing.assert_allclose(curve, np.arange(1, 11) / 10, atol=0.015)


def test_order_and_monotone_maps_change_nothing(rng: np.random.Generator) -> None:
    gallery, probes = np.repeat(np.arange(6), 3), rng.integers(0, 6, 50)
    similarity = rng.normal(size=(50, 18))
    curve = identification.cmc(similarity, probes, gallery)
    rows, columns = rng.permutation(50), rng.permutation(18)
    shuffled = np.exp(similarity)[rows][:, columns]
    np.testing.assert_array_equal(identification.cmc(shuffled, probes[rows], gallery[columns]), curve)


def test_summary(rng: np.random.Generator) -> None:
    gallery, probes = np.repeat(np.arange(30), 2), np.arange(30)
    similarity = (gallery == probes[:, None]) + rng.random((30, 60)) * 0.5
    figures = identification.summary(similarity, probes, gallery, protocol="p", not_found=1)
    assert figures == {
        "rank1": 1.0,
        "cmc": [1.0] * 20,
        "probes": 30,
        "gallery": 60,
        "people": 30,
        "not_found": 1,
        "protocol": "p",
    }


def test_what_cannot_be_ranked() -> None:
    with pytest.raises(UserError, match="no image in the gallery"):
        identification.cmc(np.zeros((1, 2)), np.array([7]), np.array([0, 1]))
    with pytest.raises(ValueError, match="not finite"):
        identification.cmc(np.array([[0, np.nan]]), np.array([0]), np.array([0, 1]))
