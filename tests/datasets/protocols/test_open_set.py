"""People drawn as enrolled or as strangers, round by round."""

from typing import Any

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, UNUSED
from eigen2arc.datasets.protocols.open_set import open_set_split

#: Twenty people with 1, 2, ..., 5 images, four of each, in any order.
LABELS = np.random.default_rng(3).permutation(np.repeat(np.arange(20), np.arange(20) % 5 + 1))
NOBODY = np.zeros(len(LABELS), bool)


def split(labels: np.ndarray = LABELS, outside: np.ndarray = NOBODY, **settings: Any) -> np.ndarray:
    usual = {"people": None, "strangers": None, "enrolled": 1, "probes": None, "seed": (0, 0)}
    return open_set_split(labels, outside, **{**usual, **settings})


@pytest.mark.parametrize("enrolled", [1, 2])
@pytest.mark.parametrize("probes", [None, 2])
def test_nobody_is_both_enrolled_and_a_stranger(enrolled: int, probes: int | None) -> None:
    for number in range(20):
        made = split(people=6, strangers=7, enrolled=enrolled, probes=probes, seed=(5, number))
        gallery, looked_up = (np.bincount(LABELS[made == kind], minlength=20) for kind in (GALLERY, PROBE))
        known = gallery > 0
        assert known.sum() == 6 and (gallery[known] == enrolled).all() and (looked_up[known] > 0).all()
        assert ((looked_up > 0) & ~known).sum() == 7
        images = np.bincount(LABELS)
        left = np.where(known, images - enrolled, images)[looked_up > 0]
        assert looked_up[looked_up > 0].tolist() == np.minimum(left, probes or 9).tolist()
        assert set(made.tolist()) <= {GALLERY, PROBE, UNUSED}


def test_by_default_half_of_those_who_can_are_enrolled_and_all_others_are_strangers() -> None:
    made = split()
    gallery = set(LABELS[made == GALLERY].tolist())
    assert len(gallery) == 8 and all(person % 5 for person in gallery)
    assert set(LABELS[made == PROBE].tolist()) == set(range(20)) and UNUSED not in made


def test_everybody_has_the_same_chance() -> None:
    """Each of 16 is enrolled in half of the rounds, and each other is a stranger in 8 of 12 of those left."""
    rounds = [split(strangers=8, seed=(0, number)) for number in range(400)]
    enrolled = np.mean([np.bincount(LABELS[one == GALLERY], minlength=20) > 0 for one in rounds], axis=0)
    np.testing.assert_allclose(enrolled, np.where(np.arange(20) % 5, 0.5, 0), atol=0.1)
    strange = np.mean([np.bincount(LABELS[one == PROBE], minlength=20) > 0 for one in rounds], axis=0) - enrolled
    np.testing.assert_allclose(strange, np.where(np.arange(20) % 5, 1 / 3, 2 / 3), atol=0.1)


def test_strangers_from_outside() -> None:
    labels, outside = np.array([0, 0, 1, 1, 2, 5, 5, -1, -1]), np.arange(9) > 4
    made = split(labels, outside)
    assert sorted(labels[made == GALLERY].tolist()) == [0, 1] and made[4] == UNUSED
    assert (made[outside] == PROBE).all()
    few = split(labels, outside, strangers=1, probes=1)
    assert np.count_nonzero(few[outside] == PROBE) == 1


def test_an_unknown_person_of_the_set_itself_is_nobody() -> None:
    made = split(np.array([0, 0, 1, -1]), np.zeros(4, bool))
    assert made[3] == UNUSED and sorted(made[:3].tolist()) == [GALLERY, PROBE, PROBE]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"people": 17}, "16 people have more than 1 images, 17 are to be enrolled"),
        ({"enrolled": 5}, "0 people have more than 5 images"),
        ({"people": 16, "strangers": 5}, "4 people are left as strangers, 5 are needed"),
        ({"outside": np.ones(len(LABELS), bool)}, "0 people have more than 1 images"),
    ],
)
def test_too_few(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        split(**settings)
