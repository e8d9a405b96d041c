"""Drawn pictures are drawn once; files and arrays are read from where they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core import image
from eigen2arc.core.types import Images
from eigen2arc.datasets.images.concat_images import ConcatImages
from eigen2arc.datasets.images.lazy import ArrayImages, FileImages
from eigen2arc.deep.detect.data.images import cache_images


@dataclass(frozen=True)
class Counting:
    """Images drawn from their numbers, with a note of each that was asked for."""

    n: int
    drawn: list[int] = field(default_factory=list)
    version: str = "c0ffee"

    @property
    def names(self) -> Sequence[str]:
        return [str(i) for i in range(self.n)]

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> np.ndarray:
        self.drawn.append(index)
        return np.full((4 + index, 5, 3), index, np.uint8)


def alike(a: Images, b: Images) -> bool:
    assert list(a.names) == list(b.names) and a.version == b.version and len(a) == len(b)
    return all(np.array_equal(a[i], b[i]) and a[i].dtype == b[i].dtype for i in range(len(a)))


def test_drawn_pictures_are_drawn_once(tmp_path: Path) -> None:
    images = Counting(5)
    first = cache_images(images, tmp_path)
    assert sorted(images.drawn) == [0, 1, 2, 3, 4]
    assert alike(first, Counting(5)) and alike(cache_images(images, tmp_path), Counting(5))
    assert len(images.drawn) == 5
    np.testing.assert_array_equal(first[-1], images[4])
    with pytest.raises(IndexError):
        first[5]


def test_drawing_goes_on_where_it_stopped(tmp_path: Path) -> None:
    cache_images(Counting(3), tmp_path)
    more = Counting(5)
    cache_images(more, tmp_path)
    assert sorted(more.drawn) == [3, 4]


def test_another_version_is_drawn_anew(tmp_path: Path) -> None:
    cache_images(Counting(3), tmp_path)
    other = Counting(3, version="decaf")
    cache_images(other, tmp_path)
    assert sorted(other.drawn) == [0, 1, 2]


def test_files_and_arrays_are_not_copied(tmp_path: Path) -> None:
    image.write(tmp_path / "data/a.png", np.zeros((3, 3, 3), np.uint8))
    files = FileImages(tmp_path / "data", ("a.png",))
    arrays = ArrayImages([np.ones((2, 2, 3), np.uint8)], ("b",))
    drawn = Counting(2)
    joined = ConcatImages((files, drawn, arrays))
    found = cache_images(joined, tmp_path / "out")
    assert alike(found, ConcatImages((files, Counting(2), arrays)))
    assert {path.suffix for path in (tmp_path / "out").rglob("*") if path.is_file()} == {".npy"}
    assert cache_images(files, tmp_path) is files and cache_images(arrays, tmp_path) is arrays
