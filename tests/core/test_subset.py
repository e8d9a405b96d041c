"""Subsets of a set keep what is known of their images; the training part is what may be learned from."""

import numpy as np

from eigen2arc.core.subset import Subset, select, training_part
from eigen2arc.core.types import GALLERY, PROBE, UNUSED, Dataset, Faces


class Numbered:
    """Images filled with their own number."""

    def __init__(self, count: int) -> None:
        self.names = [f"{i:03d}" for i in range(count)]
        self.version = f"numbered {count}"

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        return np.full((4, 4, 3), index, np.uint8)


def dataset(splits: np.ndarray | None) -> Dataset:
    faces = tuple(Faces([[i, 0, i + 1, 1]], [1]) for i in range(4))
    factors = {"yaw": np.arange(4.0)}
    labels, fold = np.array([0, 0, 1, 1]), np.arange(4)
    protocol = "four images"
    return Dataset("four", Numbered(4), ("Ada", "Bob"), labels, faces, None, fold, splits, factors, protocol=protocol)


def test_a_subset_renumbers() -> None:
    part = Subset(Numbered(9), np.array([2, 7]))
    assert part.names == ["002", "007"] and part[1][0, 0, 0] == 7 and len(part) == 2
    assert part.version != Subset(Numbered(9), np.array([2, 8])).version


def test_what_is_selected_is_still_known() -> None:
    part = select(dataset(None), np.array([1, 3]), None, None)
    assert part.labels is not None and part.labels.tolist() == [0, 1] and part.people == ("Ada", "Bob")
    assert part.faces is not None and [face.boxes[0, 0] for face in part.faces] == [1, 3]
    assert part.fold is not None and part.fold.tolist() == [1, 3] and part.factors["yaw"].tolist() == [1, 3]


def test_the_training_part_is_the_gallery_of_the_first_round() -> None:
    rounds = np.array([[GALLERY, PROBE, UNUSED, GALLERY], [PROBE, GALLERY, GALLERY, GALLERY]])
    whole = dataset(rounds)
    part = training_part(whole)
    assert whole.training.tolist() == [True, False, False, True] and list(part.images.names) == ["000", "003"]
    assert part.protocol == "four images; the training part, 2 of 4 images"
    assert part.splits is None and training_part(part) is part


def test_a_set_without_parts_is_its_own_training_part() -> None:
    whole = dataset(None)
    assert whole.training.all() and training_part(whole) is whole
