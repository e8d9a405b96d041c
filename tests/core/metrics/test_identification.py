"""Ranks and the CMC against a slow loop and cases worked by hand."""

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics import identification


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


def slow_answer(row: np.ndarray, label: int, gallery: np.ndarray) -> list[int]:
    """The people from the most alike on; of equals the right one is last, the others in order of their label."""
    best: dict[int, float] = {}
    for value, person in zip(row.tolist(), gallery.tolist(), strict=True):
        best[person] = max(value, best.get(person, -np.inf))
    return sorted(best, key=lambda person: (-best[person], person == label, person))


def test_answers_by_a_slow_loop(rng: np.random.Generator) -> None:
    gallery = rng.permutation(np.repeat([3, 8, 9, 20, 41], [1, 2, 3, 4, 5]))
    probes = rng.choice([3, 8, 9, 20, 41], 200)
    similarity = rng.integers(0, 6, (200, 15)).astype(np.float32)  # few values: many ties
    made = identification.answers(similarity, probes, gallery)
    wanted = [slow_answer(row, p, gallery)[:2] for row, p in zip(similarity, probes, strict=True)]
    assert np.stack([made.named, made.runner_up], axis=1).tolist() == wanted
    np.testing.assert_array_equal(made.rank, identification.ranks(similarity, probes, gallery))
    np.testing.assert_array_equal(made.named == probes, made.rank == 1)
    for person, score in ((made.named, made.score), (made.runner_up, made.runner_up_score)):
        rows = zip(similarity, person, score, strict=True)
        assert all(row[gallery == who].max() == value for row, who, value in rows)


def test_nobody_comes_after_the_only_person() -> None:
    made = identification.answers(np.array([[0.5, 0.7]]), np.array([4]), np.array([4, 4]))
    assert (made.named.tolist(), made.runner_up.tolist(), made.rank.tolist()) == ([4], [-1], [1])
    assert np.isnan(made.runner_up_score).all()


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
    places = identification.ranks(similarity, probes, gallery)
    figures = identification.summary([places], gallery=60, people=30, protocol="p", not_found=1)
    assert figures == {
        "rank1": 1.0,
        "rounds": [1.0],
        "cmc": [1.0] * 20,
        "probes": 30,
        "gallery": 60,
        "people": 30,
        "not_found": 1,
        "protocol": "p",
    }


def test_leaving_one_out_pools_the_probes() -> None:
    places = [np.array([rank]) for rank in (1, 1, 3, 1)]
    figures = identification.summary(places, gallery=3, people=3, protocol="", not_found=0)
    assert figures["rank1"] == 0.75 and figures["rounds"] == [1.0, 1.0, 0.0, 1.0]
    assert figures["cmc"] == [0.75, 0.75, 1.0]


def test_splits_of_the_same_images_give_the_mean_over_rounds() -> None:
    places = [np.array([1, 1, 1, 2]), np.array([1, 2]), np.array([1, 1])]
    figures = identification.summary(places, gallery=5, people=2, protocol="", not_found=0)
    assert figures["rank1"] == 0.75 and figures["probes"] == 8


def test_what_cannot_be_ranked() -> None:
    with pytest.raises(UserError, match="no image in the gallery"):
        identification.cmc(np.zeros((1, 2)), np.array([7]), np.array([0, 1]))
    with pytest.raises(ValueError, match="not finite"):
        identification.cmc(np.array([[0, np.nan]]), np.array([0]), np.array([0, 1]))
