"""`classical train window` and `classical train rcnn`, from images to a detector."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eigen2arc.compare.commands.classical import app
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.core.plugins import build

SMALL = ["--first-negatives", "100", "--rounds", "1", "--windows-each", "200"]


def invoke(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["train", *map(str, arguments)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Crops of synthetic faces, and noise."""
    people = build("dataset", "synthetic", people=8, images_per_person=1, difficulty=0.0)
    rng = np.random.default_rng(0)
    for i in range(8):
        assert people.faces is not None
        x1, y1, x2, y2 = people.faces[i].boxes[0].round().astype(int)
        write(tmp_path / "faces" / f"{i}.png", people.images[i][y1:y2, x1:x2])
        noise = rng.integers(0, 256, (10, 12, 3)).repeat(10, axis=0).repeat(10, axis=1)
        write(tmp_path / "photographs" / f"{i}.png", noise.astype(np.uint8))
    return tmp_path


def test_from_two_folders_to_a_detector(folders: Path) -> None:
    out = folders / "out"
    said = invoke(
        "window", "--positives", folders / "faces", "--backgrounds", folders / "photographs", "--out", out,
        "--feature", "lbp", "--classifier", "random_forest", "--set", "classifier.trees=7", *SMALL,
    )  # fmt: skip
    assert f"--detector windows --set detector.model={out}/model.safetensors" in said
    training = json.loads((out / "training.json").read_text("utf-8"))
    assert training["training"]["classifier_settings"] == {"trees": 7}
    assert [line["negatives"] for line in training["rounds"]] == [104, 144]
    detector = build("detector", "windows", model=out / "model.safetensors")
    assert len(detector.model.classifier.first_) == 7


def test_rcnn_from_synthetic_people(tmp_path: Path) -> None:
    settings = ("dataset.people=4", "dataset.images_per_person=1", "dataset.difficulty=0.0")
    said = invoke(
        "rcnn",
        "--dataset",
        "synthetic",
        "--out",
        tmp_path,
        "--json",
        *SMALL,
        *(x for s in settings for x in ("--set", s)),
    )
    story = json.loads(said[said.index("{") :])
    assert story["training"]["context_px"] == 2.0 and story["rounds"][-1]["faces"] == 16
    assert (
        len(build("detector", "rcnn", model=tmp_path / "model.safetensors").detect([np.zeros((9, 9, 3), np.uint8)]))
        == 1
    )


@pytest.mark.parametrize("given", [[], ["--positives", "a"], ["--dataset", "cbcl", "--positives", "a"]])
def test_what_to_learn_from_has_to_be_said_once(tmp_path: Path, given: list[str]) -> None:
    with pytest.raises(UserError, match="give either --positives and --backgrounds, or --dataset"):
        invoke("window", "--out", tmp_path, *given)
