"""`eigen2arc datasets pack`: what it prints, what it writes, when it fails."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from eigen2arc.compare.commands.datasets import app
from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers import recordio, shards


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["pack", *map(str, arguments)], env={"EIGEN2ARC_DATA": None, "COLUMNS": "120"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for person in ("Ada", "Bob"):
        (tmp_path / "in" / person).mkdir(parents=True)
        for i in range(3):
            Image.new("RGB", (40, 40), (50 * i, 0, 0)).save(tmp_path / f"in/{person}/{i}.png")
    (tmp_path / "in/Ada/1.png").write_bytes(b"no image")
    return tmp_path


def test_a_folder_becomes_recordio_and_that_shards(root: Path) -> None:
    done = call("folder", "--data-root", root / "in", "--out", root / "rec", "--aligned", "--size-px", 20)
    assert done.exit_code == 0, done.output
    assert f"{root / 'rec'}: 5 crops of 2 people\ncannot be read: 1 images, see" in done.stdout
    assert "Ada/1.png: is not an image" in done.stderr
    mine = recordio.build(root=root / "rec")
    assert mine.people == ("Ada", "Bob") and mine.images[0].shape == (20, 20, 3)
    arguments = ("recordio", "--data-root", root / "rec", "--out", root / "tar", "--aligned", "--size-px", 20)
    done = call(*arguments, "--format", "shards", "--suffix", ".png", "--per-shard", 2, "--json")
    assert json.loads(done.stdout) == {"images": 5, "people": 2, "skipped": {}}
    again = shards.build(root=root / "tar")
    assert again.people == mine.people and np.array_equal(again.labels, mine.labels)
    assert all(np.array_equal(again.images[i], mine.images[i]) for i in range(5))
    assert sorted(path.name for path in (root / "tar").glob("*.tar")) == ["000000.tar", "000001.tar", "000002.tar"]


def test_annotated_faces_are_cut_out_without_a_detector(tmp_path: Path) -> None:
    small = ("--set", "dataset.people=2", "--set", "dataset.images_per_person=2", "--set", "dataset.size_px=48")
    done = call("synthetic", "--out", tmp_path / "rec", *small, "--size-px", 32, "--set", "aligner.zoom=0.8")
    assert done.exit_code == 0, done.output
    assert recordio.build(root=tmp_path / "rec").images[3].shape == (32, 32, 3)


def test_a_full_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("folder", "--data-root", root / "in", "--out", root / "rec", "--aligned", "--per-shard", 2)
    write, left = os.fsync, iter(range(9))

    def full(handle: int) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        failed = call(*arguments)
    assert isinstance(failed.exception, UserError) and "No space left on device" in str(failed.exception)
    assert not list((root / "rec").rglob("*.part")) and (root / "rec/parts/000000.tar").exists()
    assert "5 crops of 2 people" in call(*arguments).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--aligned", "--detector", "mtcnn"), "leave out one of the two"),
        ((), "name a detector with --detector, or say with --aligned"),
    ],
)
def test_mistakes(root: Path, arguments: tuple[str, ...], message: str) -> None:
    done = call("folder", "--data-root", root / "in", "--out", root / "out", *arguments)
    assert isinstance(done.exception, UserError) and message in str(done.exception)
    assert not (root / "out").exists()
