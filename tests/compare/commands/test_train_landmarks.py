"""`eigen2arc classical train landmarks` from a list of crops, and from a data set, to a model that a detector reads."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eigen2arc.compare.commands.classical import app
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write

COMMAND = ["train", "landmarks", "--starts", "1"]


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of ten synthetic faces in the middle of crops that are 160 pixels wide."""
    folder = tmp_path_factory.mktemp("crops")
    drawn = plugins.build("dataset", "synthetic", people=10, images_per_person=1, difficulty=0.0)
    lines = []
    for i, faces in enumerate(drawn.faces):
        write(folder / f"person{i}_0001.png", drawn.images[i])
        numbers = " ".join(f"{value:.2f}" for value in faces.landmarks[0].T.ravel())
        lines.append(f"person{i}_0001.png {numbers}")
    (folder / "train.txt").write_text("\n".join(lines) + "\n")
    return folder / "train.txt"


def test_from_a_list(crops: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [*COMMAND, "--list", str(crops), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "five points from 8 faces and their mirror images" in done.output
    assert "train.txt, 10 crops of 10 people, box = the crop's middle 1/2.2" in done.output
    assert "held out, 2 faces: mean" in done.output and "right mouth corner" in done.output
    detector = plugins.build("detector", "viola_jones", landmarks=str(tmp_path / "model.safetensors"))
    (faces,) = detector.detect([np.zeros((40, 40, 3), np.uint8)])
    assert len(faces) == 0 and faces.landmarks.shape == (0, 5, 2)


def test_json_for_scripts_and_nobody_held_out(crops: Path, tmp_path: Path) -> None:
    listed = ["--list", str(crops), "--held-out", "0", "--out", str(tmp_path), "--json", "--crop-over-box", "1.8"]
    done = CliRunner().invoke(app, [*COMMAND, *listed])
    assert done.exit_code == 0, done.output
    row = json.loads(done.stdout)
    assert (row["faces"], row["left_out"], row["held_out"]) == (10, 0, None)
    assert len(row["step_errors"]) == 7 and Path(row["model"]).is_file()


def test_from_a_data_set_in_the_boxes_of_a_detector(tmp_path: Path) -> None:
    settings = ["--set", "dataset.people=6", "--set", "dataset.images_per_person=1", "--set", "detector.eye_cascade="]
    done = CliRunner().invoke(app, [*COMMAND, "--detector", "viola_jones", *settings, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "6 synthetic people x 1 images" in done.output


def test_a_model_is_measured(crops: Path) -> None:
    """The shipped one, in the middle of the list's ten crops, halves the error of the mean shape."""
    command = ["landmarks", "--model", "synthetic", "--list", str(crops)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "synthetic, 10 faces: mean" in done.output and "left eye" in done.output
    row = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert row["faces"] == row["images"] == 10 and row["mean"] < 0.5 * row["start"]


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    for arguments, complaint in (
        (["--list", str(tmp_path / "none.txt")], "none.txt: cannot be read"),
        (["--ridge", "0"], "training: ridge = 0.0: expected a number above 0"),
        (["--dataset", "orl"], "say where with --data-root DIR"),
    ):
        done = CliRunner().invoke(app, [*COMMAND, *arguments, "--out", str(tmp_path)], env={"EIGEN2ARC_DATA": ""})
        assert isinstance(done.exception, UserError) and complaint in str(done.exception), done.output
