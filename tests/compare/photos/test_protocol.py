"""The tests that are made of what a check leaves of a folder of photos."""

from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.photos.findings import PhotoCheck
from eigen2arc.compare.photos.protocol import ENROLLED, MOST_PER_PERSON, known_images, photo_protocol
from eigen2arc.core.errors import UserError
from eigen2arc.core.preferred import preferred_recognizer
from eigen2arc.core.types import GALLERY, PROBE, UNUSED, Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages


def checked(owners: list[str], strangers: list[str], left_out: tuple[int, ...] = ()) -> PhotoCheck:
    """A check of images of people, and behind them of strangers, "" for one of whom nobody knows who it is."""
    who = [*owners, *strangers]
    people = (*dict.fromkeys(owners), *dict.fromkeys(name for name in strangers if name))
    images = ArrayImages([np.zeros((2, 2, 3), np.uint8)] * len(who), tuple(map(str, range(len(who)))))
    labels = np.array([people.index(name) if name else -1 for name in who])
    outside = np.arange(len(who)) >= len(owners)
    kept = ~np.isin(np.arange(len(who)), left_out)
    more: dict[str, Any] = {"faces": (Faces.none(),) * len(who), "findings": (), "counts": {}, "not_checked": ()}
    known = len(set(owners))
    dataset = Dataset("photos", images, people, labels)
    return PhotoCheck(dataset, known, outside, kept, **more, recognizer=preferred_recognizer("embedding"))


def test_only_kept_images_are_tested_and_strangers_are_in_no_pair() -> None:
    owners = ["Ada"] * 4 + ["Bob"] * 4 + ["Cid"] * 3 + ["Dan"]
    check = checked(owners, ["Eve", "Eve", "", ""], left_out=(0, 8, 13, 15))
    made = photo_protocol(check)
    assert made.trials is not None and made.splits is not None and made.labels is not None
    paired = np.unique(np.concatenate([made.trials.first, made.trials.second]))
    assert set(paired.tolist()) <= set(range(12)) - {0, 8}
    assert (made.splits[:, [0, 8, 13, 15]] == UNUSED).all()
    assert (made.splits[:, [11, 12, 14]] == PROBE).all()
    folds = [set(made.labels[np.concatenate([t.first, t.second])].tolist()) for t in by_fold(made.trials)]
    assert len(folds) == 2 and not folds[0] & folds[1]
    assert made.protocol.startswith("10 photos of 4 people; open set: 10 rounds, in the first 2 people enrolled")
    assert made.images is check.dataset.images  # so that what the check computed of them serves the tests


def by_fold(trials: Any) -> list[Any]:
    return [trials[trials.fold == fold] for fold in np.unique(trials.fold)]


def test_nobody_decides_all_and_who_is_not_tested_is_counted() -> None:
    check = checked(["Ada"] * 50 + ["Bob"] * 3, [])
    made = photo_protocol(check)
    assert made.splits is not None and made.labels is not None
    used = (made.splits != UNUSED).any(axis=0)
    assert used[:50].sum() == MOST_PER_PERSON and used[0] and used[49] and used[50:].all()
    assert "23 photos of 2 people (30 more are not tested, since nobody has more than 20)" in made.protocol
    assert (made.splits == GALLERY).sum(axis=1).max() <= ENROLLED


def test_everybody_is_known_afterwards_but_strangers() -> None:
    """Those of the first round by its images, the others by their first ones, and who has a single image by that."""
    owners = ["Ada"] * 5 + ["Bob"] * 5 + ["Cid"] * 5 + ["Dan"] * 2 + ["Eve"]
    check = checked(owners, ["Fay", "Fay", ""], left_out=(0, 5, 10))
    made = photo_protocol(check)
    assert made.splits is not None and made.labels is not None
    known, first = known_images(check, made), made.splits[0] == GALLERY
    for person in range(5):
        own = made.labels == person
        if first[own].any():
            np.testing.assert_array_equal(known[own], first[own])
        else:
            assert np.flatnonzero(known & own).tolist() == np.flatnonzero(own & check.kept)[:ENROLLED].tolist()
    assert 0 < len(np.unique(made.labels[first])) < len(np.unique(made.labels[known])) == 5
    assert not known[len(owners) :].any() and not (known & ~check.kept).any()


@pytest.mark.parametrize("owners", [["Ada", "Bob"], ["Ada"] * 5])
def test_folders_without_pairs_are_told_in_a_line(owners: list[str]) -> None:
    with pytest.raises(UserError, match="nothing can be tested on these photos: pairs of"):
        photo_protocol(checked(owners, []))


@pytest.mark.parametrize("owners", [["Ada"] * 2 + ["Bob"], ["Ada"] * 2 + ["Bob"] * 2, ["A", "A", "B", "B", "C", "C"]])
def test_small_folders_have_a_protocol(owners: list[str]) -> None:
    made = photo_protocol(checked(owners, []))
    assert made.trials is not None and made.trials.same.any() and not made.trials.same.all()
    assert made.splits is not None and len(made.splits) == 10
