"""`eigen2arc report` as it is typed: page, bundle, verify, diff and key."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eigen2arc.compare.cli import app

MadeUp = Callable[..., Path]


@pytest.fixture(autouse=True)
def _in_a_terminal(monkeypatch: pytest.MonkeyPatch, plots_not_drawn: None) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def call(*words: object) -> Any:
    return CliRunner().invoke(app, ["report", *map(str, words)], obj=None)


@pytest.mark.slow
def test_a_run_alone_is_its_page(made_up: MadeUp) -> None:
    run = made_up()
    done = call(run)
    assert done.exit_code == 0, done.output
    assert done.output.endswith(f"report: {run / 'report.html'}\n")
    assert "Made up" in done.output and "…" not in done.output
    assert max(map(len, done.output.splitlines()[:-1])) <= 80
    assert json.loads(call("page", run, "--json").output) == json.loads((run / "metrics.json").read_text())
    rows = list(csv.DictReader(io.StringIO(call("--csv", run).output)))
    assert {row["system"] for row in rows} == {"The lbp", "The net"} and "rank5" in {row["metric"] for row in rows}
    assert "--json and --csv: give one of the two" in str(call(run, "--csv", "--json").exception)


@pytest.mark.slow
def test_a_bundle_goes_round(made_up: MadeUp, tmp_path: Path) -> None:
    run, key, out = made_up(), tmp_path / "key.pem", tmp_path / "a.bundle"
    line = call("key", key).output.strip()
    made = call("bundle", run, "--out", out, "--key", key)
    assert made.exit_code == 0 and f"signed by {line}" in made.output and "0 images left out" in made.output
    checked = call("verify", out, "--public-key", line, "--out", tmp_path / "again")
    assert checked.exit_code == 0, checked.output
    assert f"signed by {line}, as it was to be" in checked.output
    assert "computed again, and as it says: detection: 2 systems, from detections.csv" in checked.output
    assert (tmp_path / "again/report.html").exists() and (tmp_path / "again/bundle.json").exists()
    said = json.loads(call("verify", out, "--json").output)
    assert said["public_key"] == line and not said["key_was_given"] and said["files"]["scores.csv"]["bytes"] > 1000
    assert "whose key that is you have to know" in call("verify", out).output
    call("bundle", run, "--out", out)
    assert "NOBODY SIGNED IT" in call("verify", out).output
    refused = call("verify", out, "--public-key", line, "--out", tmp_path / "never")
    assert refused.exit_code != 0 and "nobody signed it" in str(refused.exception)
    assert not (tmp_path / "never/report.html").exists()


@pytest.mark.slow
def test_a_difference_is_shown_and_written(made_up: MadeUp, tmp_path: Path) -> None:
    run = made_up()
    done = call("diff", run, run, "--out", tmp_path / "diff")
    assert done.exit_code == 0 and done.output.startswith("6 main figures: 6 the same to the last bit.")
    document = json.loads(call("diff", run, run, "--json").output)
    assert document == json.loads((tmp_path / "diff/diff.json").read_text())
    assert (tmp_path / "diff/diff.html").exists()


def test_what_is_no_run(tmp_path: Path) -> None:
    for words in ((tmp_path,), ("bundle", tmp_path, "--out", tmp_path / "a"), ("diff", tmp_path, tmp_path)):
        assert "is not a finished run: it has no metrics.json" in str(call(*words).exception)
    (tmp_path / "file").write_text("x")
    assert "is no bundle, or damaged" in str(call("verify", tmp_path / "file").exception)
    assert not (tmp_path / "a").exists()
