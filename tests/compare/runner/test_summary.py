"""The terminal's table: what stands in it, and that columns nobody needs are left out."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eigen2arc.compare.runner.summary import limited, tables

RESAMPLED = {"unit": "people", "units": 40, "level": 0.95}
LEARNING = {"setting": "unsupervised", "outside": "no outside data"}


RULES = {"test_scale": "as is", "regions": "boxes", "resampled": RESAMPLED | {"unit": "images"}}


def printed(folder: Path, systems: list[dict[str, Any]], width: int = 150, **more: Any) -> str:
    document = {"title": "T", "systems": systems, "left_out": [], "comparisons": [], **more}
    (folder / "metrics.json").write_text(json.dumps(document))
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(*tables(folder / "metrics.json"), sep="\n")
    return console.export_text()


def identified() -> dict[str, Any]:
    ends = {"rank1": {"low": 0.95, "high": 0.98}}
    return {"rank1": 0.965, "intervals": ends, "resampled": RESAMPLED, "not_found": 3}


def test_learning_interval_and_published_figure(tmp_path: Path) -> None:
    beside = {"figure": "error", "published": 0.006, "ours": 0.035, "difference": 0.029, "differs": "other images"}
    first = {"name": "a", "learning": LEARNING, "identification": identified(), "beside": beside}
    second = {"name": "b", "learning": LEARNING, "identification": identified()}
    text = printed(tmp_path, [first, second])
    for words in ("unsupervised, no outside data", "96.50 (95.0 to 98.0)"):
        assert words in text
    row = [line for line in text.splitlines() if line.startswith("a ")][-1]
    assert row.split() == ["a", "error", "0.60", "3.50", "+2.90", "other", "images"]
    assert "published" not in printed(tmp_path, [second])


def test_what_an_encoder_says_of_itself_stands_below_the_table(tmp_path: Path) -> None:
    first = {"name": "a", "identification": identified(), "remarks": "fed pixels 0..255: a guess"}
    second = {"name": "b", "identification": identified()}
    lines = [line.rstrip() for line in printed(tmp_path, [first, second]).splitlines()]
    assert "a: fed pixels 0..255: a guess" in lines and not any(line.startswith("b: ") for line in lines)


def test_strangers_have_the_columns_for_which_they_are_enough(tmp_path: Path) -> None:
    rates = {"1e-1": 0.5, "1e-2": 0.125, "1e-3": "too few strangers"}
    first = {"name": "a", "identification": identified() | {"open_set": {"dir_at_fpir": rates}}}
    text = printed(tmp_path, [first])
    assert "DIR@10%" in text and "DIR@1%" in text and "DIR@0.1%" not in text
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert row.split() == ["a", "96.50", "(95.0", "to", "98.0)", "50.00", "12.50", "3"]
    assert "DIR" not in printed(tmp_path, [{"name": "b", "identification": identified()}])


def test_detection_alone_has_three_counts(tmp_path: Path) -> None:
    recall = {"recall_at_fp": {"10": 0.1, "50": 0.5, "100": 0.7}} | RULES
    text = printed(tmp_path, [{"name": "a", "detection": recall}])
    assert all(f"recall@{count}" in text for count in (10, 50, 100))
    assert "AP" not in text and "cont@" not in text
    text = printed(tmp_path, [{"name": "a", "detection": recall, "identification": identified()}])
    assert "recall@50" not in text and "recall@100" in text


def test_detection_metrics_come_with_their_rules(tmp_path: Path) -> None:
    rules = RULES | {"test_scale": "longer side 640 px", "regions": "ellipses' bounding boxes"}
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
    recall = {"recall_at_fp": {"10": 0.738, "50": 0.763, "100": 0.763}} | RULES
    text = printed(tmp_path, [{"name": "a", "detection": recall | {"false_positives": 24}}])
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert " ".join(row.split()) == "a 0.738 0.763 (stops at 24) 0.763 (stops at 24)"
    assert "makes M false positives at its lowest threshold, and no more" in " ".join(text.split())
    assert "stops" not in printed(tmp_path, [{"name": "a", "detection": recall | {"false_positives": 100}}])


def test_an_interval_is_explained_where_it_stands(tmp_path: Path) -> None:
    accuracy = {"mean": 0.9, "std": 0.02, "folds": [0.9] * 10}
    verification = {"accuracy": accuracy, "intervals": {"accuracy": {"low": 0.87, "high": 0.924}}, "not_found": 0}
    text = printed(tmp_path, [{"name": "a", "verification": verification | {"resampled": RESAMPLED}}])
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert " ".join(row.split()) == "a 90.00 (87.0 to 92.4) 0"
    assert "in brackets: the 95 % interval for other people" in " ".join(text.split())


def test_pairs_that_cannot_be_told_apart_are_named_or_counted(tmp_path: Path) -> None:
    def said(pairs: list[tuple[str, str, str]]) -> str:
        rows = [{"first": a, "second": b, "better": better, "people_needed": 9} for a, b, better in pairs]
        table = {"task": "identification", "pairs": rows}
        return " ".join(printed(tmp_path, [{"name": "a", "identification": identified()}], comparisons=[table]).split())

    assert "identification: all systems can be told apart" in said([("a", "b", "a")])
    assert "identification: cannot be told apart: a and c" in said([("a", "b", "a"), ("a", "c", "")])
    assert "cannot be told apart: 5 of 5 pairs of systems, see the report" in said(
        [("a", str(n), "") for n in range(5)]
    )


def test_what_was_measured_of_the_cost(tmp_path: Path) -> None:
    cost = {"milliseconds": {"one_thread": 12.345, "all_cores": 7.0}, "failed": ["all cores: it died"]}
    text = printed(tmp_path, [{"name": "a", "cost": cost}, {"name": "b", "cost": {"milliseconds": {}}}])
    assert [line.split() for line in text.splitlines() if line.startswith(("a ", "b "))] == [["a", "12.3"], ["b"]]
    assert "not measured: a, all cores: it died" in " ".join(text.split())


NAMES = (
    *("Eigenfaces (1991)", "Fisherfaces (1997)", "LBP histograms (2006)", "LBP histograms, MTCNN crops"),
    *("MobileFaceNet, ArcFace (2019)", "Fisher vector faces, diagonal metric learning (2013)"),
)


def verified() -> dict[str, Any]:
    ends = {"accuracy": {"low": 0.87, "high": 0.924}}
    return {"accuracy": {"mean": 0.9, "folds": [0.9] * 10}, "intervals": ends, "resampled": RESAMPLED, "not_found": 17}


def detected(scale: str, **more: Any) -> dict[str, Any]:
    recall = {"10": 0.738, "50": 0.763, "100": 0.763}
    return RULES | {"test_scale": scale, "recall_at_fp": recall, "false_positives": 24, **more}


BESIDE = {"figure": "accuracy", "published": 0.6002, "ours": 0.61, "difference": 0.0098, "differs": "other crops " * 12}
STRANGERS = {"open_set": {"dir_at_fpir": {"1e-1": 0.5, "1e-2": 0.125, "1e-3": "too few strangers"}}}
DOCUMENTS = {
    "demo": {"verification": verified(), "identification": identified(), "detection": detected("as they are")},
    "lfw": {"verification": verified(), "beside": BESIDE, "cost": {"milliseconds": {"one_thread": 12.3}}},
    "fddb": {"detection": detected("longer side 1024 px", continuous_recall_at_fp={"100": 0.567})},
    "open_set": {"identification": identified() | STRANGERS},
}


@pytest.mark.parametrize("suite", DOCUMENTS)
@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_table_reads_in_the_widths_that_terminals_have(suite: str, width: int, tmp_path: Path) -> None:
    """No number is cut, no word is, and a system has two lines at most in each table that it stands in."""
    learned = {} if suite == "fddb" else {"learning": LEARNING}
    systems = [{"name": name, **learned, **DOCUMENTS[suite]} for name in NAMES]
    if suite == "fddb":
        systems[0] = {**systems[0], "detection": detected("images as they are")}
    text = printed(tmp_path, systems, width)
    lines = text.splitlines()
    assert "…" not in text and max(map(len, lines)) <= width
    numbers = {"demo": "90.00 (87.0 to 92.4)", "lfw": "90.00 (87.0 to 92.4)", "fddb": "0.763 (stops at 24)"}
    assert text.count(numbers.get(suite, "96.50 (95.0 to 98.0)")) >= len(NAMES)
    for word in {word for name in NAMES for word in name.split()}:
        assert re.search(rf"(^|\s){re.escape(word)}(\s|$)", text, re.MULTILINE)
    tables_end = next(i for i, line in enumerate(lines) if line.startswith("in brackets"))
    blocks = "\n".join(lines[1:tables_end]).strip().split("\n\n")
    assert all(len(block.splitlines()) <= 2 + 2 * len(NAMES) for block in blocks)
    assert len(blocks) <= {80: 3, 100: 2, 160: 1}[width], text
    if suite == "lfw":
        assert "Published results and ours" in text and "other crops" in text
