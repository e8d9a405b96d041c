"""The same picture twice: one of a person's stays, none that is under two names."""

import numpy as np

from eigen2arc.compare.photos.copies import find_copies
from eigen2arc.core.overlap.same_pictures import SamePicture
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.images.lazy import ArrayImages

#: Ada has three images, Bob two; of the strangers Carl has one, and two have no name.
LABELS = np.array([0, 0, 0, 1, 1, 2, -1, -1])
STRANGERS = np.arange(8) >= 5


def copies(*pairs: tuple[int, int, str], unused: tuple[int, ...] = ()) -> list[tuple[int, str, tuple[str, ...]]]:
    images = ArrayImages([np.zeros((2, 2, 3), np.uint8)] * 8, tuple("abcdefgh"))
    dataset = Dataset("x", images, ("Ada", "Bob", "Carl"), LABELS)
    both_ways = [SamePicture(i, j, kind, 0.95) for a, b, kind in pairs for i, j in ((a, b), (b, a))]
    with_itself = [SamePicture(n, n, "identical", 1.0) for n in range(8)]
    used = ~np.isin(np.arange(8), unused)
    found = find_copies(dataset, [*with_itself, *both_ways], used, STRANGERS)
    return [(index, one.kind, one.people) for index, one in found]


def test_the_first_of_a_person_stays() -> None:
    assert copies((0, 2, "near")) == [(2, "same_picture", ("Ada",))]
    assert copies((0, 1, "near"), (0, 2, "mirrored"), (1, 2, "mirrored")) == [
        (1, "same_picture", ("Ada",)),
        (2, "same_picture", ("Ada",)),
        (2, "same_picture", ("Ada",)),
    ]
    assert copies((0, 2, "near"), unused=(0,)) == copies() == []


def test_nothing_stays_of_a_picture_under_two_names() -> None:
    assert copies((1, 3, "mirrored")) == [(1, "two_names", ("Ada", "Bob")), (3, "two_names", ("Ada", "Bob"))]
    assert copies((4, 6, "near")) == [(4, "two_names", ("Bob",)), (6, "two_names", ("Bob",))]
    assert copies((3, 5, "near")) == [(3, "two_names", ("Bob", "Carl")), (5, "two_names", ("Bob", "Carl"))]


def test_a_stranger_without_a_name_may_be_any_other() -> None:
    assert copies((6, 7, "identical")) == [(7, "same_picture", ())]
    assert copies((5, 7, "identical")) == [(7, "same_picture", ("Carl",))]
