"""`eigen2arc deep quantize`: from options to a file, a table, and JSON that a script can read."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eigen2arc.compare.commands.deep import app
from eigen2arc.core.errors import UserError

DRAWN = ["--set", "dataset.people=4", "--set", "dataset.images_per_person=4", "--calibration", "4", "--pairs", "6"]


@pytest.fixture
def model(onnx_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(onnx_file, tmp_path))


def test_a_file_is_quantised_and_judged(model: Path) -> None:
    out = model.with_name("int8.onnx")
    result = CliRunner().invoke(app, ["quantize", str(model), "--out", str(out), *DRAWN, "--json"])
    assert result.exit_code == 0, result.exception
    figures = json.loads(result.stdout)
    assert figures["calibration_crops"] == 4 and 1 <= figures["pairs"] <= 6
    assert figures["size_bytes"] == [model.stat().st_size, out.stat().st_size]
    assert len(figures["accuracy"]) == len(figures["crops_per_second"]) == 2 and figures["cosine_mean"] > 0.8
    result = CliRunner().invoke(app, ["quantize", str(model), "--out", str(out), *DRAWN])
    assert result.exit_code == 0 and "4 crops of synthetic to calibrate on" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dataset", "lfwx", "--out", "int8.pb"], "int8.pb: expected another name"),  # before anything is read
        (["--dataset", "lfwx"], "no dataset is called 'lfwx'"),
        (["--set", "encoder.scale=1"], "STAGE one of dataset, detector"),
        (["--detector", "mtcnnn"], "did you mean 'mtcnn'"),
    ],
)
def test_mistakes_are_told(model: Path, words: list[str], message: str) -> None:
    command = ["quantize", str(model), "--out", str(model.with_name("int8.onnx")), *words]
    result = CliRunner().invoke(app, command, standalone_mode=False)
    assert isinstance(result.exception, UserError) and message in str(result.exception)
