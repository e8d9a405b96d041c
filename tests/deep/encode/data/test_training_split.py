"""What is learned from and what is held out share no image, and no person where people are held out."""

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, UNUSED, Dataset
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.deep.encode.data.training_split import split

LABELS = np.array([0, 0, 1, -1, 1, 2, 3, 3, 2])


def people(labels: np.ndarray | None = LABELS, splits: np.ndarray | None = None) -> Dataset:
    images = ArrayImages([np.zeros((2, 2, 3), np.uint8)] * len(LABELS), tuple(map(str, range(len(LABELS)))))
    return Dataset("made up", images, tuple("abcd"), labels, splits=splits)


def test_the_last_people_are_held_out() -> None:
    chosen = split(people(), 2)
    assert chosen.learned.tolist() == [0, 1, 2, 4] and chosen.held_out.tolist() == [5, 6, 7, 8]
    assert not set(LABELS[chosen.learned]) & set(LABELS[chosen.held_out])


def test_no_one_need_be_held_out() -> None:
    chosen = split(people(), 0)
    assert chosen.learned.tolist() == np.flatnonzero(LABELS >= 0).tolist() and len(chosen.held_out) == 0


def test_a_protocol_of_gallery_and_probe_is_kept_to() -> None:
    rounds = np.array(
        [[GALLERY, PROBE, GALLERY, GALLERY, PROBE, UNUSED, GALLERY, PROBE, UNUSED], [PROBE, *[GALLERY] * 8]]
    )
    chosen = split(people(splits=rounds), 2)
    assert chosen.learned.tolist() == [0, 2, 6] and chosen.held_out.tolist() == [1, 4, 7]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match="does not say who is who"):
        split(people(labels=None), 1)
    with pytest.raises(UserError, match="fewer than the set's 4, got 4"):
        split(people(), 4)
