"""`eigen2arc compare`: a suite where no command is named, `losses`, and the help of both."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eigen2arc.compare.cli import app
from eigen2arc.compare.loss_study import page as loss_page
from eigen2arc.compare.loss_study import table as loss_table
from eigen2arc.compare.loss_study.settings import DEFAULT, Plan
from eigen2arc.core.errors import UserError

ROW = {"accuracy": {"mean": 0.75, "se": 0.0125}, "tar_at_far": {"1e-2": 0.5}, "auc": 0.8}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Plan, dict[str, Any]]]:
    """What would have been trained; a finished table lies there afterwards."""
    made: list[tuple[Plan, dict[str, Any]]] = []

    def table(plan: Plan, budget: object, out: Path, **rest: Any) -> Path:
        made.append((plan, {**rest, "budget": budget, "out": out}))
        words: dict[str, Any] = dict.fromkeys(("command", "eigen2arc"), "")
        tables = {key: {} for key in ("versions", "hardware", "backbone", "training", "dataset")}
        document = words | tables | {"verify_sets": [], "theta_deg": [], "untrained": ROW, "budget": {"steps": 240}}
        failed = {"name": "magface", "failed": "the loss is nan", "seconds": 3.0}
        document["losses"] = [failed, {"name": "arcface", "held_out": ROW, "seconds": 61.0}]
        out.mkdir(parents=True, exist_ok=True)
        (out / "losses.json").write_text(json.dumps(document))
        return out / "losses.json"

    monkeypatch.setattr(loss_table, "table", table)
    monkeypatch.setattr(loss_page, "render", lambda out: out / "report.html")
    return made


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["compare", *words], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.output


def test_options_become_a_plan(asked: list[tuple[Plan, dict[str, Any]]], tmp_path: Path) -> None:
    words = ("--losses", "arcface,magface", "--budget", "2h", "--set", "batch_size=64", "--set", "arcface.scale=20")
    output = run("losses", "--out", str(tmp_path), "--device", "cpu", *words)
    plan, rest = asked[0]
    assert plan.losses == ("arcface", "magface") and plan.per_loss == {"arcface": {"scale": 20}}
    assert plan.common.batch_size == 64 and plan.common.dataset_settings == DEFAULT.dataset_settings
    assert rest["budget"].seconds == 7200 and rest["device"] == "cpu" and rest["out"] == tmp_path
    for text in ("Losses, 240 steps each", "75.00 ± 1.25", "untrained", "failed", "magface: the loss is nan"):
        assert text in output


def test_json_for_a_script(asked: list[tuple[Plan, dict[str, Any]]], tmp_path: Path) -> None:
    assert json.loads(run("losses", "--out", str(tmp_path), "--json"))["losses"][1]["name"] == "arcface"


def test_a_dataset_of_files_is_read_from_the_data_root(
    asked: list[tuple[Plan, dict[str, Any]]], tmp_path: Path
) -> None:
    run("losses", "--out", str(tmp_path), "--dataset", "folder", "--data-root", "pictures")
    assert asked[0][0].common.dataset_settings == {"root": "pictures"}


def test_help_shows_the_options_of_both() -> None:
    output = run("--help")
    for text in ("--limit", "--budget", "compare suite", "compare losses"):
        assert text in output


@pytest.mark.parametrize("words", [("dmo",), ("suite", "dmo"), ("--limit", "5", "dmo"), ("dmo", "--limit", "5")])
def test_a_suite_needs_no_command(words: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match="no suite is called 'dmo'"):
        run(*words)


@pytest.mark.parametrize(
    ("words", "message"),
    [(("--budget", "soon"), "--budget soon"), (("--losses", "arcfase"), "did you mean 'arcface'")],
)
def test_mistakes_are_told(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        run("losses", "--out", str(tmp_path), *words)
