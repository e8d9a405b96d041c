"""Training from images to a file, and the command line around it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.train import labelled_crops, train_encoder
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.plugins import build
from eigen2arc.core.types import Dataset, Faces

BOX = Faces(np.array([[4.0, 4.0, 44.0, 44.0]]), np.ones(1))


class Noise:
    """Twelve images of noise; number 3 cannot be read."""

    names = tuple(f"{i}.png" for i in range(12))
    version = "1"

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> np.ndarray:
        if index == 3:
            raise ImageError("3.png: is damaged")
        return np.random.default_rng(index).integers(0, 256, (48, 48, 3), dtype=np.uint8)


class Everywhere:
    """A detector that finds the same face in all images but the first that it sees."""

    def __init__(self) -> None:
        self.seen = 0

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        self.seen += len(images)
        return [BOX if self.seen > 1 else Faces.none() for _ in images]


@pytest.fixture
def dataset() -> Dataset:
    """Images 0 and 1 show nobody who is known, image 2 has no annotated face."""
    labels = np.array([-1, -1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    faces = tuple(Faces.none() if i == 2 else BOX for i in range(12))
    return Dataset("noise", Noise(), ("a", "b", "c"), labels, faces, protocol="none")


@pytest.fixture
def aligner() -> object:
    return build("aligner", "box", size_px=24)


def test_crops_of_known_people_only(dataset: Dataset, aligner: object, caplog: pytest.LogCaptureFixture) -> None:
    crops, labels = labelled_crops(dataset, None, aligner)
    np.testing.assert_array_equal(labels, [0, 0, 1, 1, 1, 2, 2, 2])
    np.testing.assert_array_equal(crops[0], aligner.align(dataset.images[4], BOX)[0])
    np.testing.assert_array_equal(crops[-1], aligner.align(dataset.images[11], BOX)[0])
    assert "3.png: is damaged: left out" in caplog.text


def test_a_detector_takes_the_place_of_the_annotation(dataset: Dataset, aligner: object) -> None:
    crops, labels = labelled_crops(replace(dataset, faces=None), Everywhere(), aligner)
    np.testing.assert_array_equal(labels, [0, 0, 1, 1, 1, 2, 2, 2])
    assert crops.shape == (8, 24, 24, 3)


@pytest.mark.parametrize("name", ["eigenfaces", "fisherfaces"])
def test_the_model_encodes_as_one_fitted_by_hand(name: str, dataset: Dataset, aligner: object, tmp_path: Path) -> None:
    done = train_encoder(name, {"components": 2}, dataset, None, aligner, tmp_path)
    crops, labels = labelled_crops(dataset, None, aligner)
    by_hand = build("encoder", name, components=2).fit(crops, labels)
    loaded = build("encoder", name, model=done.model)
    np.testing.assert_array_equal(loaded.encode(crops), by_hand.encode(crops))
    assert (done.images, done.people, done.left_out, done.dimensions) == (8, 3, 4, 2)
    written = json.loads((tmp_path / "training.json").read_text())
    assert written["settings"] == {"components": 2} and written["images"] == 8 and written["dataset"] == "noise"


def test_mistakes_are_named(dataset: Dataset, aligner: object, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="lbp_histogram has nothing to learn"):
        train_encoder("lbp_histogram", {}, dataset, None, aligner, tmp_path)
    with pytest.raises(UserError, match="noise does not say who is who"):
        train_encoder("eigenfaces", {}, replace(dataset, labels=None), None, aligner, tmp_path)
    with pytest.raises(UserError, match="noise has no annotated faces: give a detector"):
        train_encoder("eigenfaces", {}, replace(dataset, faces=None), None, aligner, tmp_path)
    with pytest.raises(UserError, match="0 of 12 images show a face of a known person"):
        train_encoder("eigenfaces", {}, replace(dataset, labels=-np.ones(12)), None, aligner, tmp_path)
    assert not list(tmp_path.iterdir())
