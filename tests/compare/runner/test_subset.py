import numpy as np
import pytest

from eigen2arc.compare.runner.subset import CachedImages, evenly, gallery_rounds, limit
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, Dataset, Faces, Trials


class Numbered:
    """Images filled with their own number."""

    def __init__(self, count: int) -> None:
        self.names = [f"{i:03d}" for i in range(count)]
        self.version = f"numbered {count}"
        self.read: list[int] = []

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        self.read.append(index)
        return np.full((4, 4, 3), index, np.uint8)


def test_images_are_read_once_while_they_fit() -> None:
    source = Numbered(5)
    images = CachedImages(source, budget_bytes=2 * 48)
    for _ in range(2):
        assert [images[i][0, 0, 0] for i in range(5)] == [0, 1, 2, 3, 4]
    assert source.read == [0, 1, 2, 3, 4, 2, 3, 4]


def test_a_limit_keeps_folds_and_kinds_of_pairs_in_proportion(rng: np.random.Generator) -> None:
    first, second = rng.integers(0, 200, (2, 400))
    same, fold = np.tile(np.repeat([True, False], 20), 10), np.repeat(np.arange(10), 40)
    faces = tuple(Faces([[i, 0, i + 1, 1]], [1]) for i in range(200))
    whole = Dataset("x", Numbered(200), labels=np.arange(200), faces=faces, trials=Trials(first, second, same, fold))
    part = limit(whole, 40, "verification", learned_from=False)
    trials = part.trials
    assert trials is not None and part.labels is not None and part.faces is not None
    assert len(trials) == 40
    assert np.bincount(trials.fold).tolist() == [4] * 10
    assert abs(int(trials.same.sum()) - 20) <= 2
    pairs = {(part.labels[a], part.labels[b]) for a, b in zip(trials.first, trials.second, strict=True)}
    assert pairs <= set(zip(first.tolist(), second.tolist(), strict=True))
    assert [part.images[i][0, 0, 0] for i in range(len(part.images))] == part.labels.tolist()
    assert [f.boxes[0, 0] for f in part.faces] == part.labels.tolist()
    learned = limit(whole, 40, "verification", learned_from=True)
    assert learned.images is whole.images and learned.labels is not None and learned.trials is not None
    for column in ("first", "second"):  # the very same pairs of all images
        np.testing.assert_array_equal(part.labels[getattr(trials, column)], getattr(learned.trials, column))


def test_a_limit_keeps_the_gallery_whole() -> None:
    """With a part of the people enrolled there would be fewer to be taken for, and less to learn from."""
    labels = np.repeat(np.arange(10), 6)
    whole = Dataset("x", Numbered(60), labels=labels, fold=np.tile([0, 0, 0, 1, 1, 1], 10))
    part = limit(whole, 10, "identification", learned_from=True)
    assert part.splits is not None and part.labels is not None and len(part.images) == 40
    assert np.bincount(part.labels[part.splits[0] == GALLERY]).tolist() == [3] * 10
    assert (part.splits[0] == PROBE).sum() == 10 and len(np.unique(part.labels[part.splits[0] == PROBE])) == 10


def test_a_limit_keeps_the_rounds_that_still_have_a_probe() -> None:
    labels, one_out = np.repeat(np.arange(10), 4), np.eye(40, dtype=np.int64)
    part = limit(Dataset("x", Numbered(40), labels=labels, splits=one_out), 20, "identification", learned_from=False)
    assert part.splits is not None and part.splits.shape == (20, 40)
    assert ((part.splits == PROBE).sum(axis=1) == 1).all() and ((part.splits == GALLERY).sum(axis=1) == 39).all()
    assert len(np.unique(part.splits.argmax(axis=1))) == 20


def test_a_limit_spreads_probes_over_the_rounds() -> None:
    rounds = np.tile(np.repeat([GALLERY, PROBE], 10), (4, 1))
    whole = Dataset("x", Numbered(20), labels=np.tile(np.arange(10), 2), splits=rounds)
    part = limit(whole, 8, "identification", learned_from=False)
    assert part.splits is not None and (part.splits == PROBE).sum(axis=1).tolist() == [2] * 4
    assert (part.splits == GALLERY).sum(axis=1).tolist() == [10] * 4


def test_people_without_a_protocol_are_enrolled_by_half() -> None:
    whole = Dataset("folder", Numbered(9), labels=np.array([0, 0, 0, 1, 1, 1, 1, 2, 2]))
    rounds = gallery_rounds(whole)
    assert rounds is not None and rounds.tolist() == [[0, 0, 1, 0, 0, 1, 1, 0, 1]]
    assert gallery_rounds(Dataset("x", Numbered(3))) is None
    with pytest.raises(UserError, match="nobody has two images"):
        gallery_rounds(Dataset("x", Numbered(3), labels=np.arange(3)))


def test_a_limit_above_the_size_changes_nothing() -> None:
    assert len(limit(Dataset("x", Numbered(7)), 50, "detection", learned_from=False).images) == 7


def test_images_are_taken_evenly_and_once() -> None:
    assert evenly(10, 4).tolist() == [0, 3, 6, 9]
    assert evenly(3, 60).tolist() == [0, 1, 2]
    assert evenly(5, 1).tolist() == [0]
    assert evenly(0, 3).tolist() == []
    assert all(len(evenly(n, k)) == min(n, k) for n in range(1, 30) for k in range(1, 40))
