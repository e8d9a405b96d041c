"""The accuracy that training watches, against a loop over thresholds and against closed forms."""

import numpy as np
import pytest

from eigen2arc.deep.encode.data.verification import best_threshold, cosines, drawn_pairs, halves_accuracy


def verification_accuracy(vectors: np.ndarray, labels: np.ndarray) -> tuple[float, int]:
    """Accuracy 0..1 over all pairs of one person and as many of two, and how many pairs these were."""
    first, second = drawn_pairs(labels)
    return halves_accuracy(cosines(vectors[first], vectors[second]), labels[first] == labels[second]), len(first)


def test_the_threshold_makes_the_fewest_errors(rng: np.random.Generator) -> None:
    for _ in range(50):
        score = rng.integers(0, 12, 30) / 4  # with ties
        same = rng.random(30) < 0.5
        errors = {t: np.count_nonzero((score >= t) != same) for t in score}
        assert errors[best_threshold(score, same)] == min(errors.values())


def test_people_who_point_in_different_directions_are_told_apart() -> None:
    labels = np.repeat(np.arange(8), 5)
    vectors = np.eye(8)[labels] * np.arange(1, 41)[:, None]  # the length says nothing
    assert verification_accuracy(vectors, labels) == (1.0, 2 * 8 * 10)


def test_noise_tells_no_one_apart(rng: np.random.Generator) -> None:
    accuracy, pairs = verification_accuracy(rng.normal(size=(300, 16)), np.repeat(np.arange(30), 10))
    assert pairs == 2 * 30 * 45
    assert accuracy == pytest.approx(0.5, abs=0.03)


def test_faces_on_the_wrong_side_cost_what_they_must(rng: np.random.Generator) -> None:
    # Two people on a line, on either side of 0, each on the wrong side with probability q: a pair is judged right
    # if both or neither are, 1 - 2 q (1 - q).
    q, labels = 0.1, np.repeat([0, 1], 400)
    side = np.where(rng.random(800) < q, -1, 1) * (2 * labels - 1)
    accuracy, _ = verification_accuracy(side[:, None].astype(np.float32), labels)
    assert accuracy == pytest.approx(1 - 2 * q * (1 - q), abs=0.02)
