"""The terminal's table: what stands in it, and that columns nobody needs are left out."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eigen2arc.compare.runner.summary import limited, tables

LEARNING = {"setting": "unsupervised", "outside": "no outside data"}


def printed(folder: Path, systems: list[dict[str, Any]], **more: Any) -> str:
    (folder / "metrics.json").write_text(json.dumps({"title": "T", "systems": systems, "left_out": [], **more}))
    console = Console(width=150, record=True, file=io.StringIO())
    console.print(*tables(folder / "metrics.json"), sep="\n")
    return console.export_text()


def identified(method: str) -> dict[str, Any]:
    return {"rank1": 0.965, "interval": {"low": 0.95, "high": 0.98, "method": method}, "not_found": 3}


def test_learning_interval_and_published_figure(tmp_path: Path) -> None:
    beside = {"figure": "error", "published": 0.006, "ours": 0.035, "difference": 0.029, "differs": "other images"}
    first = {"name": "a", "learning": LEARNING, "identification": identified("student"), "beside": beside}
    second = {"name": "b", "learning": LEARNING, "identification": identified("wilson")}
    text = printed(tmp_path, [first, second])
    for words in ("unsupervised, no outside data", "96.50 ± 1.50", "96.50 (95.0 to 98.0)"):
        assert words in text
    row = [line for line in text.splitlines() if line.startswith("a ")][-1]
    assert row.split() == ["a", "error", "0.60", "3.50", "+2.90", "other", "images"]
    assert "published" not in printed(tmp_path, [second])


def test_detection_alone_has_three_counts(tmp_path: Path) -> None:
    recall = {"recall_at_fp": {"10": 0.1, "50": 0.5, "100": 0.7}, "test_scale": "as is", "regions": "boxes"}
    text = printed(tmp_path, [{"name": "a", "detection": recall}])
    assert all(f"recall@{count}" in text for count in (10, 50, 100))
    assert "AP" not in text and "cont@" not in text
    text = printed(tmp_path, [{"name": "a", "detection": recall, "identification": identified("wilson")}])
    assert "recall@50" not in text and "recall@100" in text


def test_detection_metrics_come_with_their_rules(tmp_path: Path) -> None:
    rules = {"test_scale": "longer side 640 px", "regions": "ellipses' bounding boxes"}
    figures = {
        "recall_at_fp": {"10": 0.1, "50": 0.5, "100": 0.7},
        "continuous_recall_at_fp": {"10": 0.08, "100": 0.567},
        "average_precision": {"easy": 0.9, "medium": 0.8, "hard": None},
    }
    text = printed(tmp_path, [{"name": "a", "detection": figures | rules}])
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert " ".join(row.split()) == "a 0.900 0.800 - 0.700 0.567"
    assert "test scale of all: longer side 640 px" in text
    other = {"name": "b", "detection": figures | rules | {"test_scale": "as they are"}}
    text = printed(tmp_path, [{"name": "a", "detection": figures | rules}, other])
    assert " ".join(next(line for line in text.splitlines() if line.startswith("a ")).split()).endswith("side 640 px")
    assert "test scale of all" not in text
    assert "AP easy" in text and "cont@100" in text and "compared: ellipses' bounding boxes" in text


def test_a_limit_is_told_in_a_line(tmp_path: Path) -> None:
    datasets = {"verification": {"limited": "300 of 6,000 pairs"}, "detection": {"limited": ""}}
    printed(tmp_path, [{"name": "a"}], datasets=datasets)
    assert limited(tmp_path / "metrics.json") == "NOT THE WHOLE SET, tested: verification, 300 of 6,000 pairs"
    printed(tmp_path, [{"name": "a"}], datasets={"verification": {"limited": ""}})
    assert limited(tmp_path / "metrics.json") == ""


def test_where_a_detector_stops(tmp_path: Path) -> None:
    recall = {"recall_at_fp": {"10": 0.738, "50": 0.763, "100": 0.763}, "test_scale": "as is", "regions": "boxes"}
    text = printed(tmp_path, [{"name": "a", "detection": recall | {"false_positives": 24}}])
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert " ".join(row.split()) == "a 0.738 0.763 (stops at 24) 0.763 (stops at 24)"
    assert "makes M false positives at its lowest threshold, and no more" in " ".join(text.split())
    assert "stops" not in printed(tmp_path, [{"name": "a", "detection": recall | {"false_positives": 100}}])


@pytest.mark.parametrize(("folds", "words"), [(10, "90.00 ± 2.00"), (1, "90.00")])
def test_a_spread_is_explained_where_it_stands(tmp_path: Path, folds: int, words: str) -> None:
    accuracy = {"mean": 0.9, "std": 0.02, "folds": [0.9] * folds}
    text = printed(tmp_path, [{"name": "a", "verification": {"accuracy": accuracy, "not_found": 0}}])
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert " ".join(row.split()) == f"a {words} 0"
    said = "± the standard deviation over 10 folds; the mean's own standard error is that by the root of 10"
    assert (said in " ".join(text.split())) is (folds == 10)


def test_what_was_measured_of_the_cost(tmp_path: Path) -> None:
    cost = {"milliseconds": {"one_thread": 12.345, "all_cores": 7.0}, "failed": ["all cores: it died"]}
    text = printed(tmp_path, [{"name": "a", "cost": cost}, {"name": "b", "cost": {"milliseconds": {}}}])
    assert [line.split() for line in text.splitlines() if line.startswith(("a ", "b "))] == [["a", "12.3"], ["b"]]
    assert "not measured: a, all cores: it died" in " ".join(text.split())
