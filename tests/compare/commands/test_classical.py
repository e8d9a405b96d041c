"""`eigen2arc classical train encoder` from a folder of images to a model that `build` reads."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eigen2arc.compare.commands.classical import app
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Faces


class FourNoises:
    names = ("0", "1", "2", "3")
    version = "1"

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> np.ndarray:
        return np.random.default_rng(index).integers(0, 256, (64, 64, 3), dtype=np.uint8)


@pytest.fixture
def annotated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every data set is four annotated images of two people; all other plug-ins stay themselves."""
    box = Faces(np.array([[8.0, 8.0, 56.0, 56.0]]), np.ones(1))
    dataset = Dataset("noises", FourNoises(), ("a", "b"), np.array([0, 0, 1, 1]), (box,) * 4)
    real = plugins.build
    monkeypatch.setattr(plugins, "build", lambda kind, *a, **k: dataset if kind == "dataset" else real(kind, *a, **k))


def test_writes_a_model_and_says_what_to_do_next(annotated: None, tmp_path: Path) -> None:
    command = ["train", "encoder", "eigenfaces", "--dataset", "folder", "--data-root", str(tmp_path)]
    done = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "out"), "--set", "encoder.components=2"])
    assert done.exit_code == 0, done.output
    model = tmp_path / "out" / "model.safetensors"
    assert f"--encoder eigenfaces --set encoder.model={model}" in done.output
    assert (
        plugins.build("encoder", "eigenfaces", model=model).encode(np.zeros((1, 112, 112, 3), np.uint8)).shape[1] == 2
    )


def test_the_next_command_cuts_faces_as_the_training_did(annotated: None, tmp_path: Path) -> None:
    command = ["train", "encoder", "projected", "--dataset", "folder", "--data-root", str(tmp_path)]
    command += ["--out", str(tmp_path / "out"), "--detector", "fixed_box", "--preprocessing", "gamma,log"]
    command += ["--set", "detector.box=[0, 0, 1, 0.9]", "--set", "aligner.zoom=0.8"]
    command += ["--set", "encoder.base=lbp_histogram"]
    command += ["--set", "encoder.projections=['unit_length', {name='whitened_pca', components=2}, 'lda']"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    said = shlex.split(done.output.splitlines()[-1].partition("eigen2arc verify A B ")[2])
    assert said == [
        "--encoder", "projected", "--set", f"encoder.model={tmp_path / 'out/model.safetensors'}",
        "--aligner", "five_point", "--detector", "fixed_box",
        "--set", "detector.box=[0, 0, 1, 0.9]", "--set", "aligner.zoom=0.8", "--preprocessing", "gamma,log",
    ]  # fmt: skip


def test_json_for_scripts(annotated: None, tmp_path: Path) -> None:
    command = ["train", "encoder", "fisherfaces", "--dataset", "folder", "--data-root", str(tmp_path), "--json"]
    done = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    row = json.loads(done.stdout)
    assert (row["images"], row["people"], row["left_out"], row["dimensions"]) == (4, 2, 0, 1)
    assert Path(row["model"]).is_file()


def test_a_set_on_disk_needs_a_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EIGEN2ARC_DATA", raising=False)
    done = CliRunner().invoke(app, ["train", "encoder", "eigenfaces", "--dataset", "orl", "--out", str(tmp_path)])
    assert isinstance(done.exception, UserError)
    assert "say where with --data-root DIR" in str(done.exception)


def test_a_typing_error_is_met_with_the_nearest_name(annotated: None, tmp_path: Path) -> None:
    command = ["train", "encoder", "eigenface", "--dataset", "folder", "--data-root", str(tmp_path), "--out", "x"]
    done = CliRunner().invoke(app, command)
    assert "did you mean 'eigenfaces'?" in str(done.exception)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--trees", "16,few"], r"[16,few]: is not a list or table in TOML"),
        (["--trees", "16,0"], "training: trees = (16, 0): expected a list, each a whole number from 1"),
        (["--trees", ""], "training: trees = (): expected a list"),
        (["--depth", "9"], "training: depth = 9: expected a whole number from 1 to 8"),
        (["--people", "0"], "training: people = 0: expected a whole number from 1"),
    ],
)
def test_settings_of_the_channel_detector(tmp_path: Path, words: list[str], message: str) -> None:
    folders = ["--positives", str(tmp_path), "--backgrounds", str(tmp_path), "--out", str(tmp_path)]
    done = CliRunner().invoke(app, ["train", "channels", *folders, *words])
    assert isinstance(done.exception, UserError) and message in str(done.exception), done.output
