"""Faces are cut once, from the annotated points, and a stopped cut goes on; aligned crops are read where they lie."""

import dataclasses
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import artefacts, build, image
from eigen2arc.core.align import TEMPLATE_112
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.generator.drawn import identity_seed
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.deep.encode.data.crops import CropImages, CutCrops, crops_of, face_crops, jittered, unreadable_of

POINTS = TEMPLATE_112 + 10


@dataclass
class Pictures:
    """Random pictures that count how often they are looked at, and may break."""

    n: int = 7
    version: str = "1"
    breaks_at: int = -1
    damaged: tuple[int, ...] = ()
    looked_at: list[int] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [str(i) for i in range(self.n)]

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> np.ndarray:
        if index == self.breaks_at:
            raise KeyboardInterrupt
        if index in self.damaged:
            raise UserError(f"{index}: is damaged")
        self.looked_at.append(index)
        return np.random.default_rng(index).integers(0, 256, (140, 140, 3), np.uint8)


def people(pictures: Pictures) -> Dataset:
    truth = Faces(np.array([[10, 10, 120, 130]]), np.ones(1), POINTS[None])
    return Dataset("made up", pictures, faces=(truth,) * len(pictures))


def test_exact_points_give_the_aligners_crops(tmp_path: Path) -> None:
    path = face_crops(people(Pictures()), tmp_path, size_px=112, jitter=0.0, seed=0)
    crops = np.load(path)
    assert crops.shape == (7, 112, 112, 3) and crops.dtype == np.uint8
    for i, crop in enumerate(crops):  # these points are the template's, ten pixels on
        np.testing.assert_array_equal(crop, Pictures()[i][10:122, 10:122])


def test_a_second_call_looks_at_nothing(tmp_path: Path) -> None:
    first = face_crops(people(Pictures()), tmp_path, size_px=112, jitter=0.02, seed=0)
    again = Pictures()
    assert face_crops(people(again), tmp_path, size_px=112, jitter=0.02, seed=0) == first
    assert again.looked_at == [] and [p.name for p in tmp_path.iterdir()] == [first.name]


def test_whatever_the_crops_depend_on_names_another_file(tmp_path: Path) -> None:
    names = {
        face_crops(people(Pictures(version=version)), tmp_path, size_px=size_px, jitter=jitter, seed=seed).name
        for version, size_px, jitter, seed in (
            ("1", 112, 0.02, 0),
            ("2", 112, 0.02, 0),
            ("1", 56, 0.02, 0),
            ("1", 112, 0.03, 0),
            ("1", 112, 0.02, 1),
        )
    }
    annotated = people(Pictures())
    moved = Faces(np.array([[10, 10, 120, 130]]), np.ones(1), POINTS[None] + 1)
    other = dataclasses.replace(annotated, faces=(moved, *(annotated.faces or ())[1:]))
    names.add(face_crops(other, tmp_path, size_px=112, jitter=0.02, seed=0).name)
    assert len(names) == 6


def test_a_stopped_cut_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "CHUNK", 2)
    with pytest.raises(KeyboardInterrupt):
        face_crops(people(Pictures(breaks_at=5)), tmp_path, size_px=112, jitter=0.02, seed=0)
    rest = Pictures()
    path = face_crops(people(rest), tmp_path, size_px=112, jitter=0.02, seed=0)
    assert sorted(rest.looked_at) == [4, 5, 6]
    whole = face_crops(people(Pictures()), tmp_path / "at once", size_px=112, jitter=0.02, seed=0)
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.slow
def test_two_processes_may_cut_the_same_set_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import sys, pathlib\n"
        "from eigen2arc.core import artefacts, build\n"
        "from eigen2arc.deep.encode.data.crops import face_crops\n"
        "artefacts.CHUNK = 2\n"
        "people = build('dataset', 'synthetic', people=4, images_per_person=5, size_px=64)\n"
        "print('ready', flush=True)\n"
        "input()\n"
        "print(face_crops(people, pathlib.Path(sys.argv[1]), size_px=32, jitter=0.02, seed=0))\n"
    )
    monkeypatch.setattr(artefacts, "CHUNK", 2)
    drawn = build("dataset", "synthetic", people=4, images_per_person=5, size_px=64)
    folder, command = tmp_path / "both", [sys.executable, "-c", code, str(tmp_path / "both")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None and other.stdout is not None and other.stdout.readline() == "ready\n"
        other.stdin.write("\n")
        other.stdin.flush()
        mine = face_crops(drawn, folder, size_px=32, jitter=0.02, seed=0)
        theirs = other.communicate()[0]
    assert theirs.strip() == str(mine) and other.returncode == 0
    alone = face_crops(drawn, tmp_path / "alone", size_px=32, jitter=0.02, seed=0)
    assert mine.read_bytes() == alone.read_bytes() and [path.name for path in folder.iterdir()] == [alone.name]


@pytest.mark.parametrize("at", ["reading", "writing"])
def test_another_process_may_be_done_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """It removes the pieces, at the worst moment: while one is being made, or being written."""
    monkeypatch.setattr(artefacts, "CHUNK", 2)
    real, calls = np.savez, []

    def other_process(when: str) -> None:
        calls.append(when)
        if calls.count(at) == 2 and when == at:
            face_crops(people(Pictures()), tmp_path, size_px=112, jitter=0.02, seed=0)

    def savez(*arguments: Any, **arrays: Any) -> None:
        real(*arguments, **arrays)
        other_process("writing")

    class Shared(Pictures):
        def __getitem__(self, index: int) -> np.ndarray:
            other_process("reading")
            return super().__getitem__(index)

    monkeypatch.setattr(np, "savez", savez)
    path = face_crops(people(Shared()), tmp_path, size_px=112, jitter=0.02, seed=0)
    whole = face_crops(people(Pictures()), tmp_path / "alone", size_px=112, jitter=0.02, seed=0)
    assert path.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["alone", path.name]


def test_what_cannot_be_cut_is_noted_and_the_rest_is_cut(tmp_path: Path) -> None:
    pictures, whole = Pictures(damaged=(2,)), Pictures()
    faces = list(people(pictures).faces or ())
    faces[4] = faces[4][:0]
    path = face_crops(Dataset("made up", pictures, faces=tuple(faces)), tmp_path, size_px=112, jitter=0.0, seed=0)
    assert json.loads(unreadable_of(path).read_text()) == {"2": "2: is damaged", "4": "4: has no annotated face"}
    for i, crop in enumerate(np.load(path)):
        np.testing.assert_array_equal(crop, 0 if i in (2, 4) else whole[i][10:122, 10:122])


def test_the_jitter_is_a_share_of_the_distance_of_the_eyes(rng: np.random.Generator) -> None:
    faces = Faces(np.array([[0, 0, 1, 1]]), np.ones(1), POINTS[None])
    moved = np.stack([jittered(faces, 0.02, rng).landmarks for _ in range(500)]) - POINTS.astype(np.float32)
    eyes_px = np.linalg.norm(POINTS[1] - POINTS[0])
    assert moved.std() == pytest.approx(0.02 * eyes_px, rel=0.05)


def test_the_synthetic_sets_for_training_and_demo_share_no_one() -> None:
    sets = [range(60), range(60), range(100_000)]
    people = [identity_seed(seed, n) for seed, numbers in zip((1, 2, 1000), sets, strict=True) for n in numbers]
    assert len(set(people)) == len(people)


def files(folder: Path, side: int) -> FileImages:
    for number in range(4):
        shade = np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)
        image.write(folder / f"{number}.png", shade)
    (folder / "2.png").write_bytes(b"no picture")
    return FileImages(folder, tuple(f"{n}.png" for n in range(4)))


def test_crops_are_read_and_damaged_ones_noted(tmp_path: Path) -> None:
    images = files(tmp_path, 32)
    crops = crops_of(Dataset("made up", images), tmp_path / "out", size_px=32, jitter=0.02, seed=0)
    assert isinstance(crops, CropImages) and len(crops) == 4 and not (tmp_path / "out").exists()
    np.testing.assert_array_equal(crops.read(1), images[1])
    assert crops.read(2) is None and crops.read(2) is None
    assert list(crops.damaged) == [2] and "2.png" in crops.damaged[2]


def test_crops_of_another_size_are_scaled(tmp_path: Path) -> None:
    images = files(tmp_path, 32)
    halves = images[0].reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(CropImages(images, 16).read(0), halves, atol=0.51)


def test_annotated_faces_are_cut_once(tmp_path: Path) -> None:
    truth = Faces(np.array([[0, 0, 112, 112]]), np.ones(1), TEMPLATE_112[None])
    images = files(tmp_path, 112)
    annotated = Dataset("made up", images, faces=(truth,) * 4)
    for _ in range(2):
        crops = crops_of(annotated, tmp_path / "out", size_px=112, jitter=0.0, seed=0)
        assert isinstance(crops, CutCrops) and len(crops) == 4
        np.testing.assert_array_equal(crops.read(3), images[3])
        assert crops.read(2) is None and "2.png" in crops.damaged[2]
