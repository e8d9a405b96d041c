"""Where samples come from: folders, labelled patches, annotated faces."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.detect.window_classifier.samples import of_dataset, of_folders
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        write(tmp_path / "photographs" / f"{name}.png", np.full((20, 30, 3), 50, np.uint8))
    write(tmp_path / "faces" / "f.png", np.full((12, 10, 3), 200, np.uint8))
    return tmp_path


def images(count: int) -> ArrayImages:
    arrays = [np.full((9, 8, 3), 10 * i, np.uint8) for i in range(count)]
    return ArrayImages(arrays, tuple(f"{i}.png" for i in range(count)))


def test_a_face_crop_is_one_face_as_a_whole(folder: Path) -> None:
    samples = of_folders(folder / "faces", folder / "photographs")
    ((_, image, boxes),) = samples.faces
    assert image.shape == (12, 10, 3) and boxes.tolist() == [[0, 0, 10, 12]]
    assert [len(boxes) for _, _, boxes in samples.searched] == [0, 0] and not list(samples.patches)


def test_what_cannot_be_read_is_left_out(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "photographs" / "a.png").write_bytes(b"no image")
    samples = of_folders(folder / "faces", folder / "photographs")
    assert [number for number, _, _ in samples.searched] == [1]
    assert "a.png" in caplog.text and "left out" in caplog.text


def test_labelled_patches_and_photographs(folder: Path) -> None:
    dataset = Dataset("cbcl", images(5), ("non-face", "face"), np.array([0, 1, 1, 0, 1]))
    samples = of_dataset(dataset, folder / "photographs")
    assert [int(image[0, 0, 0]) for _, image, _ in samples.faces] == [10, 20, 40]
    assert [int(image[0, 0, 0]) for _, image, _ in samples.patches] == [0, 30]
    assert len(list(samples.searched)) == 2
    assert not list(of_dataset(dataset).searched)


def test_annotated_faces_are_searched_around_and_photographs_too(folder: Path) -> None:
    faces = (Faces(np.array([[1, 2, 5, 6]]), np.ones(1)), Faces.none())
    samples = of_dataset(Dataset("scenes", images(2), faces=faces), folder / "photographs")
    assert [boxes.tolist() for _, _, boxes in samples.faces] == [[[1, 2, 5, 6]], []]
    assert [(number, len(boxes)) for number, _, boxes in samples.searched] == [(0, 1), (1, 0), (2, 0), (3, 0)]


def test_a_set_of_people_says_too_little() -> None:
    with pytest.raises(UserError, match="orl neither says where faces are nor which patch is one"):
        of_dataset(Dataset("orl", images(2), ("Ada", "Bob"), np.array([0, 1])))


def test_faces_to_be_ignored_are_neither_learned_from_nor_searched(folder: Path) -> None:
    boxes = np.array([[0, 0, 4, 4], [5, 5, 9, 9]])
    samples = of_dataset(Dataset("wider", images(1), faces=(Faces(boxes, np.array([1, 0])),)))
    assert samples.faces.boxes[0].tolist() == boxes[:1].tolist()
    assert samples.searched.boxes[0].tolist() == boxes.tolist()
