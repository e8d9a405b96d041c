"""Packing: the crops that a slow loop makes, the same bytes however often it was killed, and what is left out."""

import csv
import io
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eigen2arc.compare.data_tools import pack as packing
from eigen2arc.compare.data_tools.pack import FacePacker
from eigen2arc.core import files
from eigen2arc.core.aligners import five_point
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages, FileImages
from eigen2arc.datasets.readers import recordio, shards

N = 23
PEOPLE = ("Ada", "Bob", "Cid", "Dan")


class Breakable(ArrayImages):
    """Image 5 cannot be read."""

    def __getitem__(self, index: int) -> np.ndarray:
        if index == 5:
            raise ImageError("5: is damaged (\r\n, \\r)")
        return super().__getitem__(index)


class Corner:
    """Finds a face where the images have a red value in the first pixel; none where it is 0."""

    def detect(self, images: Any) -> list[Faces]:
        return [Faces.none() if image[0, 0, 0] == 0 else face(float(image[0, 0, 0])) for image in images]


def face(x: float) -> Faces:
    points = np.array([[x + 8, 20], [x + 20, 21], [x + 14, 27], [x + 9, 33], [x + 19, 34]])
    return Faces(np.array([[x, 10, x + 28, 40]]), np.ones(1), points[None])


@pytest.fixture
def dataset(rng: np.random.Generator) -> Dataset:
    pixels = rng.integers(0, 256, (N, 48, 60, 3)).astype(np.uint8)
    pixels[:, 0, 0, 0] = np.arange(N)
    labels = np.arange(N) * 7 % 4
    labels[[3, 8]] = -1
    labels[labels == 2] = 1  # Cid has no image
    return Dataset("walk", Breakable(list(pixels), tuple(f"p/{i}.png" for i in range(N))), PEOPLE, labels)


def run(dataset: Dataset, out: Path, form: str = "rec", detector: Any = None, **more: Any) -> dict[str, Any]:
    settings = {"size_px": 32, "suffix": ".png", "jpeg_quality": 95} | more
    made_by = packing.recipe(dataset, {"format": form, **settings})
    with ThreadPoolExecutor(2) as pool:
        aligner = five_point.build(size_px=32)
        packer = FacePacker(dataset, detector or Corner(), aligner, pool=pool, **settings)
        return packing.pack(packer, out, form=form, per_shard=8, made_by=made_by, on_chunk=lambda images, skipped: None)


def expected(dataset: Dataset) -> list[tuple[str, int, np.ndarray]]:
    """Name, label and crop of each image that is packed, person by person."""
    assert dataset.labels is not None
    aligner = five_point.build(size_px=32)
    return [
        (dataset.images.names[i], person, aligner.align(dataset.images[i], face(float(i)))[0])
        for person in range(4)
        for i in range(N)
        if dataset.labels[i] == person and i not in (0, 5)
    ]


@pytest.mark.parametrize("form", ["rec", "shards"])
def test_the_crops_are_those_of_a_slow_loop(dataset: Dataset, tmp_path: Path, form: str) -> None:
    counts = run(dataset, tmp_path / "out", form)
    truth = expected(dataset)
    reasons = {"nobody says who it is": 2, "no face found": 1, "cannot be read": 1}
    assert counts == {"images": len(truth), "people": 3, "skipped": reasons} and len(truth) == N - 4
    reader = recordio if form == "rec" else shards
    mine = reader.build(root=tmp_path / "out")
    assert mine.labels is not None and mine.people == ("Ada", "Bob", "Dan")
    assert [mine.people[label] for label in mine.labels] == [PEOPLE[person] for _, person, _ in truth]
    for i, (_, _, crop) in enumerate(truth):
        assert np.array_equal(mine.images[i], crop)
    with (tmp_path / "out/skipped.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["name", "reason", "detail"]
    assert sorted(row[0] for row in rows[1:]) == ["p/0.png", "p/3.png", "p/5.png", "p/8.png"]
    assert ["p/5.png", "cannot be read", r"5: is damaged (\r\n, \r)"] in rows
    if form == "rec":
        listed = (tmp_path / "out/train.lst").read_text().splitlines()
        assert [line.split("\t")[1] for line in listed] == [name for name, _, _ in truth]
        assert (tmp_path / "out/property").read_text() == "3,32,32\n"


def content(folder: Path) -> dict[str, bytes]:
    """All files; without what is only kept, which holds the files' times."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".npz")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


class Killed(BaseException):
    pass


def killed(dataset: Dataset, out: Path, form: str, at: int) -> bool:
    """Pack, and stop when it is about to rename its file number ``at``; as after a kill, that one's beginning stays."""
    left = iter(range(at))
    rename = os.replace

    def replace(source: str, target: Path) -> None:
        if next(left, None) is None:
            shutil.copy(source, target.with_name(f".{target.name}.cut.part"))
            raise Killed
        rename(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files.os, "replace", replace)
        try:
            run(dataset, out, form)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("form", ["rec", "shards"])
def test_killed_anywhere_it_goes_on_to_the_same_bytes(dataset: Dataset, tmp_path: Path, form: str) -> None:
    undisturbed = run(dataset, tmp_path / "whole", form)
    whole = content(tmp_path / "whole")
    ends = {"people.txt", "pack.json", "skipped.csv"}
    assert ends < set(whole) and not any(".part" in name or "parts/" in name for name in whole)
    at = 0
    while killed(dataset, tmp_path / f"{at}", form, at):
        killed(dataset, tmp_path / f"{at}", form, 3)
        assert run(dataset, tmp_path / f"{at}", form) == undisturbed
        assert content(tmp_path / f"{at}") == whole
        at += 1
    assert at > 10 and content(tmp_path / f"{at}") == whole


def test_what_is_done_is_not_done_again(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(dataset, tmp_path / "out")
    monkeypatch.setattr(FacePacker, "pack", lambda *arguments: pytest.fail("packed again"))
    assert run(dataset, tmp_path / "out") == first


def test_a_folder_of_something_else_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    run(dataset, tmp_path / "out")
    with pytest.raises(UserError, match="packed with another jpeg_quality, suffix; name a new folder"):
        run(dataset, tmp_path / "out", suffix=".jpg", jpeg_quality=80)
    with pytest.raises(UserError, match="packed with another format"):
        run(dataset, tmp_path / "out", "shards")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    with pytest.raises(UserError, match="not an empty folder"):
        run(dataset, tmp_path / "full")
    (tmp_path / "full/pack.json").write_text("[]")
    with pytest.raises(UserError, match=r"pack.json: expected an object, got \[\]. Name a new folder"):
        run(dataset, tmp_path / "full")


def test_an_image_that_was_mended_makes_another_set(dataset: Dataset, tmp_path: Path) -> None:
    """Of the same name, the same size and the same time of change; after the end, and in the middle of the work."""
    folder = tmp_path / "set"
    folder.mkdir()
    pixels = [dataset.images[i] if i != 5 else np.zeros((48, 60, 3), np.uint8) for i in range(N)]
    for i, image in enumerate(pixels):
        (folder / f"{i}.bmp").write_bytes(bmp(image))
    names = tuple(f"{i}.bmp" for i in range(N))

    def on_disk() -> Dataset:
        return replace(dataset, images=FileImages(folder, names))

    first = run(on_disk(), tmp_path / "out")
    assert killed(on_disk(), tmp_path / "killed", "rec", 5)
    assert run(on_disk(), tmp_path / "out") == first
    times = (folder / "7.bmp").stat()
    (folder / "7.bmp").write_bytes(bmp(pixels[7] ^ 1))
    os.utime(folder / "7.bmp", ns=(times.st_atime_ns, times.st_mtime_ns))
    for out in ("out", "killed"):
        with pytest.raises(UserError, match="packed with another images; name a new folder"):
            run(on_disk(), tmp_path / out)
    (folder / "7.bmp").write_bytes(bmp(pixels[7]))
    assert run(on_disk(), tmp_path / "killed") == first
    assert content(tmp_path / "killed") == content(tmp_path / "out")


def bmp(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "BMP")
    return buffer.getvalue()


def test_annotated_faces_and_aligned_crops(dataset: Dataset, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        rest: dict[str, Any] = {"size_px": 24, "suffix": ".png", "jpeg_quality": 95, "pool": pool}
        with pytest.raises(UserError, match="has no annotated faces: name a detector .* --aligned"):
            FacePacker(dataset, None, five_point.build(size_px=24), **rest)
        faces = tuple(Faces.none() if i == 1 else face(4.0) for i in range(N))
        annotated = Dataset("walk", dataset.images, PEOPLE, dataset.labels, faces)
        made, skipped = FacePacker(annotated, None, five_point.build(size_px=24), **rest).pack(np.array([0, 1, 5]))
        assert [s.name for s in made] == ["p/0.png"]
        assert [s.reason for s in skipped] == ["no face annotated", "cannot be read"]
        made, skipped = FacePacker(dataset, None, None, **rest).pack(np.arange(5))
        assert len(made) == 5 and skipped == []
        with pytest.raises(UserError, match="does not say who is who"):
            FacePacker(Dataset("walk", dataset.images), None, None, **rest)


def test_a_set_without_a_face_says_so(dataset: Dataset, tmp_path: Path) -> None:
    class Blind:
        def detect(self, images: Any) -> list[Faces]:
            return [Faces.none() for _ in images]

    with pytest.raises(UserError, match=r"not one face to pack; .*skipped\.csv says why"):
        run(dataset, tmp_path / "out", detector=Blind())
