"""All faces of a folder: what stages say one by one, read once, and never again for what is read."""

from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.clusters import faces as module
from eigen2arc.compare.clusters.faces import FolderFaces, read_folder
from eigen2arc.core import plugins
from eigen2arc.core.artefacts import Store
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.reading.face_quality import BLURRED, TINY_EYES_PX, place, sharpness


def read_all(folder: Path, recognizer: Recognizer, store: Path) -> tuple[FolderFaces, int]:
    kept = Store(store)
    with Progress(disable=True) as progress:
        return read_folder(folder, recognizer, store=kept, progress=progress), kept.made


def test_every_face_is_read_as_its_stages_say(
    drawn_photos: Path, square_recognizer: Recognizer, tmp_path: Path
) -> None:
    found, _ = read_all(drawn_photos, square_recognizer, tmp_path)
    assert list(found.names) == sorted(found.names) and len(found.names) == 14
    assert list(found.unreadable) == ["text.jpg"] and "text.jpg: is not an image" in found.unreadable["text.jpg"]
    detector, aligner, encoder = (part.fresh() for part in square_recognizer[:3])
    crop = plugins.build("aligner", "five_point")
    face = 0
    for index, name in enumerate(found.names[:-1]):
        image = read(drawn_photos / name)
        faces = detector.detect([image])[0]
        for one in (faces[[i]] for i in range(len(faces))):
            assert found.image[face] == index
            np.testing.assert_array_equal(found.boxes[face], one.boxes[0])
            assert found.detection[face] == one.scores[0]
            assert found.eyes_px[face] == pytest.approx(place(one).eyes_px)
            assert found.sharpness[face] == pytest.approx(sharpness(crop.align(image, one)[0]))
            np.testing.assert_allclose(found.vectors[face], encoder.encode(aligner.align(image, one))[0], atol=1e-6)
            face += 1
    assert face == len(found) == 13


def test_what_was_read_is_not_read_again(
    drawn_photos: Path, square_recognizer: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 5)
    first, made = read_all(drawn_photos, square_recognizer, tmp_path)
    next(iter(sorted(tmp_path.rglob("*.npz")))).unlink()  # as if it had been killed before
    again, made_again = read_all(drawn_photos, square_recognizer, tmp_path)
    assert (made, made_again) == (3, 1)
    assert again.unreadable == first.unreadable
    for one, other in zip(first, again, strict=True):
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)


def test_faces_that_cannot_be_told_apart_are_said_to_be_so() -> None:
    columns = np.zeros((4, 4), np.float32), np.ones(4, np.float32)
    eyes_px = np.array([TINY_EYES_PX - 1, TINY_EYES_PX, 50, 5], np.float32)
    sharp = np.array([1, 2 * BLURRED, BLURRED / 2, BLURRED / 2], np.float32)
    faces = FolderFaces(Path(), ("a",), np.zeros(4, np.int64), *columns, eyes_px, sharp, np.zeros((4, 2)), {})
    assert faces.unclear.tolist() == ["tiny", "", "blurred", "tiny"]


def test_a_folder_without_images_is_refused(square_recognizer: Recognizer, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(UserError, match="the folder holds no images"):
        read_all(tmp_path, square_recognizer, tmp_path / "kept")
    with pytest.raises(UserError, match=r"a\.txt: no such folder"):
        read_all(tmp_path / "a.txt", square_recognizer, tmp_path / "kept")
