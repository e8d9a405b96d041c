"""Vectors of a set's faces, in pieces, against one image at a time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.data_tools.crop_vectors import crop_vectors
from eigen2arc.core import artefacts
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component
from eigen2arc.core.image import ImageError
from eigen2arc.core.plugins import build
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.face_table import FaceTable
from eigen2arc.datasets.images.lazy import ArrayImages

ALIGNER = Component("aligner", "five_point", {"size_px": 48})
ENCODER = Component("encoder", "lbp_histogram")


class Broken(ArrayImages):
    """The second image cannot be read."""

    def __getitem__(self, index: int) -> np.ndarray:
        if index == 1:
            raise ImageError("b.png: is damaged")
        return super().__getitem__(index)


def drawn(broken: bool = True) -> Dataset:
    one: Dataset = build("dataset", "synthetic", people=3, images_per_person=2, size_px=96)
    arrays = [one.images[i] for i in range(6)]
    assert one.faces is not None
    faces = [*one.faces[:4], Faces.none(), one.faces[5]]
    kind = Broken if broken else ArrayImages
    return Dataset("drawn", kind(arrays, tuple("abcdef")), one.people, one.labels, faces=faces)


def call(dataset: Dataset, detector: Component | None, store: Path) -> tuple[np.ndarray, np.ndarray]:
    with progress_bars() as progress:
        return crop_vectors(dataset, detector, ALIGNER, ENCODER, Store(store), progress)


def test_annotated_faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "CHUNK", 4)
    dataset = drawn()
    vectors, shown = call(dataset, None, tmp_path)
    assert shown.tolist() == [True, False, True, True, False, True]
    assert dataset.faces is not None
    for i in range(6):
        wanted = np.zeros(vectors.shape[1])
        if shown[i]:
            wanted = ENCODER.built.encode(ALIGNER.built.align(dataset.images[i], dataset.faces[i]))[0]
        np.testing.assert_array_equal(vectors[i], wanted)
    # A second call finds the pieces.
    store = Store(tmp_path)
    with progress_bars() as progress:
        again, _ = crop_vectors(dataset, None, ALIGNER, ENCODER, store, progress)
    assert store.made == 0 and np.array_equal(again, vectors)


def test_other_boxes_are_other_faces(tmp_path: Path) -> None:
    """Vectors that are there for the same images are not taken for those of boxes drawn elsewhere."""
    dataset = drawn(broken=False)
    boxes = np.tile(np.array([10, 10, 60, 60], np.float32), (6, 1))
    made = [call(replace(dataset, faces=FaceTable(boxes + shift, None)), None, tmp_path)[0] for shift in (0, 0, 20)]
    assert np.array_equal(made[0], made[1]) and not np.array_equal(made[0], made[2])
    plain = replace(dataset, faces=[Faces(box[None], np.ones(1)) for box in boxes])
    assert np.array_equal(call(plain, None, tmp_path)[0], made[0])


def test_found_faces(tmp_path: Path) -> None:
    dataset = drawn(broken=False)
    detector = Component("detector", "viola_jones")
    vectors, shown = call(dataset, detector, tmp_path)
    found = detector.built.detect([dataset.images[i] for i in range(6)])
    assert shown.tolist() == [len(faces) > 0 for faces in found] and shown.any()
    i = int(np.argmax(shown))
    np.testing.assert_array_equal(
        vectors[i], ENCODER.built.encode(ALIGNER.built.align(dataset.images[i], found[i][:1]))[0]
    )


def test_whole_images_are_scaled(tmp_path: Path, rng: np.random.Generator) -> None:
    tiles = rng.integers(0, 255, (2, 48, 48, 3), np.uint8)
    large = [np.repeat(np.repeat(tile, 2, axis=0), 2, axis=1) for tile in tiles]
    dataset = Dataset("crops", ArrayImages(large, ("a", "b")), ("Ada",), np.zeros(2, np.int64))
    vectors, shown = call(dataset, None, tmp_path)
    assert shown.all() and np.array_equal(vectors, ENCODER.built.encode(tiles))
