"""Rounds of a folder of photos: who is enrolled, who is a stranger, and small folders."""

import numpy as np
import pytest

from eigen2arc.core.types import GALLERY, PROBE, UNUSED
from eigen2arc.datasets.protocols.photo_rounds import STRANGERS, photo_rounds


def people(*images: int) -> np.ndarray:
    return np.repeat(np.arange(len(images)), images)


def test_strangers_and_people_with_one_image_are_never_enrolled() -> None:
    labels = np.concatenate([people(4, 1, 6, 2, 5), [-1, -1, -1]])
    outside = np.arange(len(labels)) >= len(labels) - 2  # the first of the three is not to be used
    splits = photo_rounds(labels, outside, enrolled=3, rounds=20, seed=0)
    assert (splits[:, labels == 1] == PROBE).all() and (splits[:, outside] == PROBE).all()
    assert (splits[:, -3] == UNUSED).all()
    enrolled_once = set()
    for split in splits:
        enrolled = np.unique(labels[split == GALLERY])
        enrolled_once |= set(enrolled.tolist())
        assert len(enrolled) == 2  # half of the four who could be are strangers, since strangers are few
        for person in enrolled.tolist():
            gallery = int((split[labels == person] == GALLERY).sum())
            assert gallery == min(3, (labels == person).sum() - 1)
            assert (split[labels == person] == PROBE).sum() == (labels == person).sum() - gallery
    assert enrolled_once == {0, 2, 3, 4}
    assert (photo_rounds(labels, outside, enrolled=3, rounds=2, seed=0) == splits[:2]).all()
    assert (photo_rounds(labels, outside, enrolled=3, rounds=2, seed=1) != splits[:2]).any()


def test_everybody_is_enrolled_where_there_are_strangers_enough() -> None:
    labels = np.append(people(3, 3, 3), np.full(STRANGERS, -1))
    splits = photo_rounds(labels, labels < 0, enrolled=1, rounds=3, seed=0)
    assert (splits[:, :9] == GALLERY).sum(axis=1).tolist() == [3, 3, 3]
    fewer = photo_rounds(labels[:-1], labels[:-1] < 0, enrolled=1, rounds=3, seed=0)
    assert (fewer == GALLERY).sum(axis=1).tolist() == [2, 2, 2]  # one more is enough


@pytest.mark.parametrize(
    ("images", "enrolled", "strangers"), [((2, 2), 1, 2), ((2, 1), 1, 1), ((2, 2, 2), 2, 2), ((5,), 1, 0)]
)
def test_small_folders_have_rounds(images: tuple[int, ...], enrolled: int, strangers: int) -> None:
    labels = people(*images)
    for split in photo_rounds(labels, np.zeros(len(labels), bool), enrolled=3, rounds=5, seed=0):
        inside = np.unique(labels[split == GALLERY])
        assert len(inside) == enrolled
        assert (split[~np.isin(labels, inside)] == PROBE).sum() == strangers


def test_nobody_can_be_looked_up_who_has_one_image() -> None:
    assert photo_rounds(people(1, 1), np.zeros(2, bool), enrolled=3, rounds=5, seed=0).shape == (0, 2)
