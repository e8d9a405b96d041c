import numpy as np

from eigen2arc.compare.runner.subset import CachedImages, evenly, limit
from eigen2arc.core.types import Dataset, Faces, Trials


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
    part = limit(whole, 40, "verification")
    trials = part.trials
    assert trials is not None and part.labels is not None and part.faces is not None
    assert len(trials) == 40
    assert np.bincount(trials.fold).tolist() == [4] * 10
    assert abs(int(trials.same.sum()) - 20) <= 2
    pairs = {(part.labels[a], part.labels[b]) for a, b in zip(trials.first, trials.second, strict=True)}
    assert pairs <= set(zip(first.tolist(), second.tolist(), strict=True))
    assert [part.images[i][0, 0, 0] for i in range(len(part.images))] == part.labels.tolist()
    assert [f.boxes[0, 0] for f in part.faces] == part.labels.tolist()
    assert "limited to" in part.notes[-1]


def test_a_limit_keeps_whole_people_where_there_is_a_gallery() -> None:
    labels = np.repeat(np.arange(10), 6)
    part = limit(Dataset("x", Numbered(60), labels=labels, fold=np.tile([0, 0, 0, 1, 1, 1], 10)), 24, "identification")
    assert part.fold is not None and part.labels is not None
    assert len(part.images) == 24 and np.bincount(part.fold).tolist() == [12, 12]
    assert set(part.labels[part.fold == 1]) == set(part.labels[part.fold == 0])


def test_a_limit_keeps_the_rounds_that_still_have_a_probe() -> None:
    """Leaving one out of 40 images of ten people: with five people left there are 20 rounds."""
    labels, one_out = np.repeat(np.arange(10), 4), np.eye(40, dtype=np.int64)
    whole = Dataset("x", Numbered(40), labels=labels, splits=one_out)
    part = limit(whole, 20, "identification")
    assert part.splits is not None and part.labels is not None
    np.testing.assert_array_equal(part.splits, np.eye(20))
    assert len(np.unique(part.labels)) == 5
    assert limit(whole, 1, "detection").splits is None


def test_a_limit_above_the_size_changes_nothing() -> None:
    assert len(limit(Dataset("x", Numbered(7)), 50, "detection").images) == 7


def test_images_are_taken_evenly_and_once() -> None:
    assert evenly(10, 4).tolist() == [0, 3, 6, 9]
    assert evenly(3, 60).tolist() == [0, 1, 2]
    assert evenly(5, 1).tolist() == [0]
    assert evenly(0, 3).tolist() == []
    assert all(len(evenly(n, k)) == min(n, k) for n in range(1, 30) for k in range(1, 40))
