"""A run as CSV: a row for each system and metric, the numbers of metrics.json."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eigen2arc.compare.report.long_form import HEADER, rows
from eigen2arc.core.console import say_csv


def test_every_interval_and_figure_stands_in_a_row(
    make_run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = json.loads((make_run() / "metrics.json").read_text())
    metrics["systems"][0]["cost"] = {"milliseconds": {"one_thread": 1.5}}
    say_csv(HEADER, rows(metrics))
    said = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(said[0]) == HEADER.split()
    found = {(row["system"], row["task"], row["metric"]): row for row in said}
    assert len(found) == len(said)
    for system in metrics["systems"]:
        for task in ("verification", "identification", "detection"):
            for metric, ends in system[task]["intervals"].items():
                row = found[system["name"], task, metric]
                assert (float(row["low"]), float(row["high"])) == (ends["low"], ends["high"])
                assert ends["low"] <= float(row["value"]) <= ends["high"]
        name = system["name"]
        assert float(found[name, "verification", "accuracy"]["value"]) == system["verification"]["accuracy"]["mean"]
        assert float(found[name, "identification", "rank5"]["value"]) == system["identification"]["cmc"][4]
        assert found[name, "verification", "fnmr_at_fmr/1e-4"]["value"] == ""
        recall = system["detection"]["recall_at_fp"]["50"]
        assert float(found[name, "detection", "recall_at_fp/50"]["value"]) == recall
    assert float(found[metrics["systems"][0]["name"], "cost", "milliseconds/one_thread"]["value"]) == 1.5
