"""`eigen2arc datasets overlap`: planted people and pictures are found, with nobody else accused, and shown."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from eigen2arc.compare.commands.datasets import app
from eigen2arc.compare.commands.report import page as make_page
from eigen2arc.core.errors import UserError


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["overlap", *map(str, arguments)], env={"EIGEN2ARC_DATA": None, "COLUMNS": "160"})


FOLDERS = ("folder", "folder", "--set", "training.root=training", "--set", "test.root=test")
HOG = ("--encoder", "hog_grid", "--crops", "both", "--set", "aligner.size_px=64")


def save(path: Path, grey: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), grey)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders of people drawn as blobs: two of training are in test under other names, and so are two pictures."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    for number in range(60):
        own = cv2.resize(rng.normal(128, 60, (9, 9)), (64, 64), interpolation=cv2.INTER_CUBIC)
        side, person = ("training", f"Tom {chr(65 + number)}") if number < 30 else ("test", f"Tess {chr(35 + number)}")
        for copy in range(4 if number < 2 else 2):
            grey = np.clip(own + rng.normal(0, 12, (64, 64)), 0, 255).astype(np.uint8)
            save(
                tmp_path / (f"test/Planted {chr(65 + number)}" if copy > 1 else f"{side}/{person}") / f"{copy}.png",
                grey,
            )
            if number in (5, 6) and copy == 0:
                save(tmp_path / f"test/Mirror {chr(65 + number)}/a.jpg", grey[:, ::-1])
    return tmp_path


def test_the_planted_are_found_and_nobody_else(folders: Path) -> None:
    done = call(*FOLDERS, *HOG, "--out", "out")
    assert done.exit_code == 0, done.output
    found = json.loads((folders / "out/overlap.json").read_text())
    by = {(one["training"], one["test"]): one["by"] for one in found["people"]}
    assert by == {
        ("Tom A", "Planted A"): ["vectors"],
        ("Tom B", "Planted B"): ["vectors"],
        ("Tom F", "Mirror F"): ["picture"],
        ("Tom G", "Mirror G"): ["picture"],
    }
    assert [one["kind"] for one in found["pictures"]] == ["mirrored", "mirrored"]
    assert found["vectors"]["detectable"] > 0.9 and found["vectors"]["doubles"] == []
    assert "4 people and 2 pictures are in both" in done.stdout and "Planted B" in done.stdout
    page = (folders / "out/report.html").read_text()
    assert page.count('<img src="data:image/jpeg;base64,') == 12 and "Planted A" in page

    json_too = call(*FOLDERS, *HOG, "--out", "out", "--json")
    assert {**json.loads(json_too.stdout), "command": ""} == {**found, "command": ""}
    (folders / "out/report.html").unlink()
    make_page(folders / "out")
    assert (folders / "out/report.html").read_text() == page.replace(
        found["command"], json.loads(json_too.stdout)["command"]
    )


def test_without_an_encoder_and_without_an_overlap(folders: Path) -> None:
    done = call("synthetic", "folder", "--set", "test.root=test", *SMALL, "--encoder", "none")
    assert done.exit_code == 0 and "Nobody, and no picture, was found" in done.stdout
    found = json.loads((folders / "runs/overlap/synthetic-folder/overlap.json").read_text())
    assert found["people"] == [] and found["stages"] is None and "vectors" not in found


SMALL = ("--set", "training.people=3", "--set", "training.images_per_person=2", "--set", "training.size_px=32")


def test_too_few_people_are_said(folders: Path) -> None:
    few = call("synthetic", "synthetic", *SMALL, "--set", "test.people=3", "--set", "test.size_px=32", *HOG)
    assert few.exit_code == 0 and "too few people" in few.stdout and "3 shared labels are numbers" in few.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("folder", "folder"), "folder is read from files"),
        (("olr", "folder"), "did you mean 'orl'"),
        (
            ("synthetic", "synthetic", "--set", "dataset.people=3"),
            "expected STAGE.SETTING=VALUE with STAGE one of training",
        ),
        (("synthetic", "synthetic", "--encoder", "eigenfaces"), "has to be fitted first"),
    ],
)
def test_what_it_refuses(folders: Path, arguments: tuple[str, ...], message: str) -> None:
    done = call(*arguments)
    assert isinstance(done.exception, UserError) and message in str(done.exception)


def test_a_folder_without_an_overlap_is_refused(tmp_path: Path) -> None:
    from eigen2arc.compare.report.overlap_page import render

    with pytest.raises(UserError, match="holds no finished overlap"):
        render(tmp_path)
    (tmp_path / "overlap.json").write_text('{"training": 3}')
    with pytest.raises(UserError, match=r"overlap\.json: .*Make it again"):
        render(tmp_path)
