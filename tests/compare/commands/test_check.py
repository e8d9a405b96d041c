"""`eigen2arc datasets check`: what it prints, writes, and ends with."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from eigen2arc.compare.commands.datasets import app
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.core.plugins import build


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments), "--encoder", "embedding", "--device", "cpu"])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    dataset = build("dataset", "synthetic", people=2, images_per_person=2, seed=1, size_px=96)
    for index, label in enumerate(dataset.labels.tolist()):
        write(tmp_path / f"photos/person{label}/{index}.png", dataset.images[index])
    return tmp_path / "photos"


@pytest.mark.slow
def test_without_a_fault_it_ends_with_0_and_with_one_with_1(photos: Path, tmp_path: Path) -> None:
    (photos / "person0/.DS_Store").write_bytes(b"x")
    whole = call(photos)
    assert whole.exit_code == 0, whole.stdout
    lines = whole.stdout.splitlines()
    assert lines[0].startswith("faces are told apart by the shipped network (mtcnn, five_point, embedding); ")
    assert "drawn faces" in lines[0] and lines[1] == "left by a system: 1"
    assert "4 images of 2 people can be used; no fault was found." in lines
    assert "5 files = 4 used + 1 left by a system" in lines
    assert sum(line.startswith("not checked: whether") for line in lines) == 3
    assert not (tmp_path / "artefacts").exists()

    (photos / "person1/notes.jpg").write_text("no image")
    faulty = call(photos, "--out", tmp_path / "out")
    assert faulty.exit_code == 1
    assert "  photos/person1/notes.jpg\n    is not an image of a known format" in faulty.stdout
    found = json.loads((tmp_path / "out/check.json").read_text())
    assert found["counts"] == {"used": 4, "unreadable": 1, "left_by_a_system": 1} and found["files"] == 6
    assert "notes.jpg" in (tmp_path / "out/check.html").read_text()
    again = call(photos, "--out", tmp_path / "out", "--json")
    assert again.exit_code == 1 and json.loads(again.stdout)["findings"] == found["findings"]


def test_what_cannot_be_checked_is_a_user_error(photos: Path, tmp_path: Path) -> None:
    for arguments, message in (
        ((tmp_path / "absent",), "no such folder"),
        ((photos, "--out", photos / "person0/out"), "lies in the folder of the photos"),
        ((photos, "--strangers", photos), "lies in the folder of the photos"),
    ):
        result = call(*arguments)
        assert isinstance(result.exception, UserError) and message in str(result.exception)
    assert not (photos / "person0/out").exists()
