"""`eigen2arc deep import`: options reach the import, and it says what came out."""

from pathlib import Path

import torch
from typer.testing import CliRunner

from eigen2arc.compare.commands.deep import app
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.encoders.embedding import load_backbone


def test_a_file_is_imported(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = build("backbone", "iresnet", layers=18, size_px=32, embedding_size=16)
    torch.save({"epoch": 7, "net_state_dict": theirs.state_dict()}, tmp_path / "theirs.pt")
    out = tmp_path / "ours.safetensors"
    words = ["--set", "backbone.dropout=0.4", "--out", str(out)]
    result = CliRunner().invoke(app, ["import", str(tmp_path / "theirs.pt"), *words])
    assert result.exit_code == 0, result.exception
    assert result.stdout.replace("\n", "").startswith(f"{out}: iresnet, 11.2 M parameters, 16 numbers from crops of 32")
    said = f"taken from {tmp_path / 'theirs.pt'}: InsightFace's IResNet, what stands under net_state_dict; left: epoch"
    assert said.replace(" ", "") in result.stdout.replace("\n", "").replace(" ", "")
    backbone = load_backbone(out)
    torch.testing.assert_close(backbone.conv1.weight, theirs.conv1.weight * 256 / 255)
    torch.testing.assert_close(backbone.fc.weight, theirs.fc.weight)


def test_a_wrong_stage_is_told(tmp_path: Path) -> None:
    words = ["import", "a.pt", "--set", "encoder.layers=18", "--out", str(tmp_path / "b.safetensors")]
    result = CliRunner().invoke(app, words, standalone_mode=False)
    assert isinstance(result.exception, UserError) and "STAGE one of backbone" in str(result.exception)
