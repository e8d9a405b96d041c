"""`eigen2arc deep train encoder`: its options become settings, and mistakes are told before anything is drawn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eigen2arc.compare.commands.deep import app
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import with_changes
from eigen2arc.deep.encode.training import encoder as train_embedding
from eigen2arc.deep.encode.training.encoder import Settings


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, dict[str, Any]]]:
    """What would have been trained."""
    made: list[tuple[Settings, dict[str, Any]]] = []
    monkeypatch.setattr(train_embedding, "train", lambda settings, out, **rest: made.append((settings, rest)))
    return made


def run(*words: str, what: Sequence[str] = ("encoder",)) -> None:
    result = CliRunner().invoke(app, ["train", *what, *words], standalone_mode=False)
    if result.exception is not None:
        raise result.exception


def test_options_become_settings(calls: list[tuple[Settings, dict[str, Any]]], tmp_path: Path) -> None:
    words = ("--set", "steps=7", "--set", "loss.margin_rad=0.3", "--set", "dataset.people=9", "--device", "cpu")
    run("--out", str(tmp_path), *words)
    (settings, rest), default = calls[0], Settings()
    assert settings.steps == 7 and settings.loss_settings == {"margin_rad": 0.3}
    assert settings.dataset_settings == {**default.dataset_settings, "people": 9}
    assert settings.backbone_settings == default.backbone_settings
    assert rest["device"] == "cpu" and rest["resume"] is False and rest["command"].split()[0] == "eigen2arc"


def test_another_dataset_starts_with_no_settings(calls: list[tuple[Settings, dict[str, Any]]], tmp_path: Path) -> None:
    run("--out", str(tmp_path), "--dataset", "folder", "--set", "dataset.root=/pictures")
    assert calls[0][0].dataset == "folder" and calls[0][0].dataset_settings == {"root": "/pictures"}


def test_a_dataset_of_files_is_read_from_the_data_root(
    calls: list[tuple[Settings, dict[str, Any]]], tmp_path: Path
) -> None:
    run("--out", str(tmp_path), "--dataset", "folder", "--data-root", "/pictures")
    assert calls[0][0].dataset_settings == {"root": "/pictures"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "stepz=3"], "did you mean 'steps'"),
        (["--set", "steps"], "--set steps: expected KEY=VALUE"),
        (["--resume"], "no state.safetensors to resume from"),
        (["--resume", "--set", "steps=3"], "--set cannot be combined with --resume"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, words: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        run("--out", str(tmp_path), *words)


@pytest.mark.parametrize("name", list(plugins.plugins("trainer")))
def test_a_detector_is_trained_by_its_own_trainer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    made: list[Any] = []
    trainer = plugins.build("trainer", name)
    monkeypatch.setattr(type(trainer), "train", lambda self, settings, out, **rest: made.append(settings))
    run("--out", str(tmp_path), "--set", "steps=7", "--set", "dataset.images=9", what=("detector", name))
    assert made == [with_changes(trainer.defaults, {"steps": 7, "dataset.images": 9})]
    with pytest.raises(UserError, match="no state.safetensors to resume from"):
        run("--out", str(tmp_path), "--resume", what=("detector", name))


def test_a_detector_that_cannot_be_trained(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no trainer is called 'retinafce': did you mean 'retinaface'"):
        run("--out", str(tmp_path), what=("detector", "retinafce"))
