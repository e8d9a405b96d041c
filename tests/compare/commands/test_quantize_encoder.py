"""`eigen2arc deep quantize`: from options to a file, a table, and JSON that a script can read."""

import json
import shutil
from pathlib import Path

import onnx
import pytest
import torch
from typer.testing import CliRunner

from eigen2arc.compare.commands.deep import app
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.deploy.onnx_export import probe_crops, to_onnx
from eigen2arc.deep.encode.network.backbone import network_input

DRAWN = ["--set", "dataset.people=4", "--set", "dataset.images_per_person=4", "--calibration", "4", "--pairs", "6"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network as a file, which takes ten seconds to write."""
    path = tmp_path_factory.mktemp("exported") / "float.onnx"
    torch.manual_seed(1)
    backbone = build("backbone", "mobilefacenet", embedding_size=8, size_px=32, width=0.25)
    backbone(network_input(torch.from_numpy(probe_crops(32))))
    onnx.save(to_onnx(backbone.eval()), path)
    return path


@pytest.fixture
def model(exported: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(exported, tmp_path))


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
