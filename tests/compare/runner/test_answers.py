"""answers.csv, confusions.csv and people.csv of whole runs, and what metrics.json has of them, by slow loops."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core.metrics import open_set
from eigen2arc.core.metrics.intervals import wilson

Compare = Callable[..., dict[str, Any]]

OPEN = """
on_missing = "skip"
[identification]
dataset = "open_set"
root = ""
base = "numbered"
people = 5
strangers = 7
probes = 3
rounds = 2
[[systems]]
name = "one"
detector = { name = "blinking", missed = [7, 11, 33] }
aligner = { name = "box", size_px = 8 }
encoder = "number"
"""

CLOSED = """
[identification]
dataset = "numbered"
rounds = "eleven"
[[systems]]
name = "one"
detector = { name = "blinking", missed = [] }
aligner = { name = "box", size_px = 8 }
encoder = "number"
[[systems]]
name = "means"
detector = { name = "blinking", missed = [] }
aligner = { name = "box", size_px = 8 }
encoder = "number"
identifier = { name = "class_mean", metric = "euclidean" }
"""


@pytest.fixture
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty-one strangers' probes decide a threshold."""
    monkeypatch.setattr("eigen2arc.core.metrics.open_set.ERRORS_NEEDED", 2)


def table(run: Path, name: str) -> list[dict[str, str]]:
    with (run / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def taken_for(row: dict[str, str]) -> str:
    """Whom a row of answers.csv says that the probe is taken for, at the threshold where there is one."""
    distance = row["distance_to_threshold"]
    return row["named"] if distance == "" or float(distance) >= 0 else ""


def test_the_distance_to_the_threshold_by_hand(compare: Compare, seen: Any, enough: None, tmp_path: Path) -> None:
    (system,) = compare(OPEN)["systems"]
    found, rows = system["identification"], table(tmp_path / "run", "answers")
    assert found["answers"]["fpir"] == "1e-1"
    for number in ("0", "1"):
        inside = [row for row in rows if row["round"] == number]
        strangers = [float(row["score"] or "-inf") for row in inside if row["right"] == ""]
        threshold = open_set.threshold(np.array(strangers), 0.1)
        assert found["open_set"]["threshold"]["1e-1"][int(number)] == threshold
        for row in inside:
            expected = "" if row["score"] == "" else float(row["score"]) - threshold
            assert row["distance_to_threshold"] == str(expected)
        # A tenth of 21 is two.
        assert sum(row["right"] == "" and taken_for(row) != "" for row in inside) <= 2
    detected = [row for row in rows if row["right"] == "1" and taken_for(row)]
    rate = np.mean([sum(row["round"] == number for row in detected) / 15 for number in "01"])
    assert rate == pytest.approx(found["open_set"]["dir_at_fpir"]["1e-1"])
    assert any(row["score"] == "" for row in rows)


def test_people_and_confusions_by_slow_loops(compare: Compare, seen: Any, enough: None, tmp_path: Path) -> None:
    (system,) = compare(OPEN)["systems"]
    entry, rows = system["identification"]["answers"], table(tmp_path / "run", "answers")
    counts = Counter((row["person"], str(int(row["right"] == "")), taken_for(row)) for row in rows)
    found = {(r["person"], r["stranger"], r["named"]): int(r["probes"]) for r in table(tmp_path / "run", "confusions")}
    assert found == counts
    mated = [row for row in rows if row["right"] != ""]
    people = table(tmp_path / "run", "people")
    assert {one["person"] for one in people} == {row["person"] for row in mated}
    for one in people:
        own = [row for row in mated if row["person"] == one["person"]]
        right, images = sum(taken_for(row) == row["person"] for row in own), len({row["probe"] for row in own})
        assert (int(one["images"]), int(one["probes"]), int(one["right"])) == (images, len(own), right)
        share = right / len(own)
        ends = (float(one["low"]), float(one["high"]))
        assert float(one["share"]) == pytest.approx(share) and ends == pytest.approx(wilson(share * images, images))
    shares = [float(one["share"]) for one in people]
    assert shares == sorted(shares)
    tenths = [sum(int(share * 10 + 1e-9) == i for share in shares) for i in range(11)]
    assert entry["rates"]["tenths"] == tenths and entry["rates"]["people"] == len(people)
    wrong = [row for row in mated if taken_for(row) not in ("", row["person"])]
    taken = [row for row in rows if row["right"] == "" and taken_for(row)]
    assert taken and entry["confusions"] + entry["refused"]
    assert (entry["confusions"], entry["strangers"]) == (len(wrong), len(taken))
    assert entry["refused"] == sum(taken_for(row) == "" for row in mated)
    for pairs, source in ((entry["taken_for"], wrong), (entry["strangers_taken"], taken)):
        assert len(pairs) == min(12, len({(row["probe"], row["named"]) for row in source}))
        assert [p["excess"] for p in pairs] == sorted((p["excess"] for p in pairs), reverse=True)
        for pair in pairs:
            (row,) = [r for r in source if r["probe"] == pair["probe"] and int(r["round"]) == pair["round"]]
            assert (pair["person"], pair["named"]) == (row["person"], row["named"])
            assert pair["excess"] == float(row["distance_to_threshold"])
            # The images are one colour each, their number; the enrolled one that is shown is that of the score.
            assert -abs(int(pair["probe"]) - int(pair["enrolled"])) == pair["score"]
            assert all((tmp_path / "run" / pair[f"{kind}_picture"]).exists() for kind in ("probe", "enrolled"))


def test_without_strangers_there_is_no_distance(compare: Compare, seen: Any, tmp_path: Path) -> None:
    one, means = compare(CLOSED)["systems"]
    rows = table(tmp_path / "run", "answers")
    assert rows and all(row["distance_to_threshold"] == "" for row in rows)
    for system in (one, means):
        entry = system["identification"]["answers"]
        own = [row for row in rows if row["system"] == system["name"]]
        assert entry["fpir"] == "" and "strangers_taken" not in entry
        assert entry["confusions"] == sum(row["right"] == "0" for row in own)
        assert entry["rates"]["overall"] == pytest.approx(np.mean([row["right"] == "1" for row in own]))
        matrix = entry["matrix"]
        for name, counts in zip(matrix["people"], matrix["probes"], strict=True):
            of = [row for row in own if row["person"] == name]
            assert counts[:-2] == [sum(row["named"] == other for row in of) for other in matrix["people"]]
            assert sum(counts) == len(of) and counts[-1] == 0
        for pair in entry["taken_for"]:
            enrolled_person = int(pair["enrolled"]) // 5
            assert str(enrolled_person) == pair["named"] != pair["person"]
    assert {row["stranger"] for row in table(tmp_path / "run", "confusions")} == {"0"}


def test_too_few_strangers_give_no_distance_either(compare: Compare, seen: Any, tmp_path: Path) -> None:
    (system,) = compare(OPEN)["systems"]
    assert system["identification"]["answers"]["fpir"] == ""
    assert all(row["distance_to_threshold"] == "" for row in table(tmp_path / "run", "answers"))
