"""Galleries and probes: drawn once, in many rounds, and one image at a time."""

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.protocols.splits import gallery_split, leave_one_out, random_splits

LABELS = np.repeat(np.arange(30), 10)


def test_a_random_split_is_a_split(rng: np.random.Generator) -> None:
    labels = rng.permutation(LABELS)
    splits = [gallery_split(labels, train_per_person=4, split_seed=seed) for seed in (1, 1, 2)]
    for fold in splits:
        assert all(np.bincount(fold[labels == person]).tolist() == [4, 6] for person in range(30))
    assert np.array_equal(splits[0], splits[1]) and not np.array_equal(splits[0], splits[2])


def test_every_round_is_a_split_of_its_own(rng: np.random.Generator) -> None:
    labels = rng.permutation(LABELS)
    splits = random_splits(labels, rounds=20, train_per_person=3, split_seed=0)
    assert splits.shape == (20, 300) and splits.dtype == np.int64
    for person in range(30):
        assert (np.sum(splits[:, labels == person] == 0, axis=1) == 3).all()
    assert len(np.unique(splits, axis=0)) == 20
    # Each image is in about three of ten galleries: no place in a person's row is preferred.
    share = (splits == 0).mean(axis=0)
    assert abs(share.mean() - 0.3) < 1e-12 and share.min() > 0 and share.max() < 0.7


def test_more_rounds_are_the_same_and_others() -> None:
    few, many = (random_splits(LABELS, rounds=rounds, train_per_person=5, split_seed=7) for rounds in (3, 9))
    np.testing.assert_array_equal(many[:3], few)
    assert not np.array_equal(few, random_splits(LABELS, rounds=3, train_per_person=5, split_seed=8))


def test_leave_one_out() -> None:
    labels = np.array([0, 1, 0, 1])
    np.testing.assert_array_equal(leave_one_out(labels), np.eye(4))


def test_copies_of_the_probe_are_left_out_of_its_round() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    content = np.array([5, 6, 5, 7, 8])  # images 0 and 2 are the same
    expected = np.eye(5)
    expected[0, 2] = expected[2, 0] = -1
    np.testing.assert_array_equal(leave_one_out(labels, content), expected)


def test_a_person_without_another_image_is_refused() -> None:
    with pytest.raises(UserError, match="person number 1 has no other image"):
        leave_one_out(np.array([0, 0, 1]))
    with pytest.raises(UserError, match="person number 1 has no other image"):
        leave_one_out(np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2]))


def test_rounds_that_cannot_be_drawn() -> None:
    with pytest.raises(UserError, match="expected 1 to 9"):
        random_splits(LABELS, rounds=2, train_per_person=10, split_seed=0)
