"""What a run keeps of its systems: thresholds of the first round, and encoders that cannot be kept."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.metrics.intervals import wilson
from eigen2arc.core.types import GALLERY
from eigen2arc.recognize.naming.namer import name_faces
from eigen2arc.recognize.naming.system_people import SystemPeople
from eigen2arc.recognize.systems.system_file import load

Compare = Callable[..., dict[str, Any]]

SUITE = """
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
name = "The one"
id = "one"
detector = { name = "blinking", missed = [MISSED] }
aligner = { name = "box", size_px = 8 }
encoder = "ENCODER"
"""


@pytest.fixture
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty-one strangers' probes decide a threshold."""
    monkeypatch.setattr("eigen2arc.core.metrics.open_set.ERRORS_NEEDED", 2)


def written(encoder: str = "number", missed: str = "") -> str:
    return SUITE.replace("ENCODER", encoder).replace("MISSED", missed)


def answers(run: Path) -> list[dict[str, str]]:
    with (run / "answers.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["round"] == "0"]


@pytest.mark.parametrize("most", [None, 70])
def test_the_first_round_is_kept_with_its_threshold(
    compare: Compare, seen: Any, enough: None, tmp_path: Path, most: int | None
) -> None:
    """Exactly what answers.csv says, strangers included, in a whole run and in a limited one."""
    made = plugins.build("dataset", "open_set", root="", base="numbered", people=5, strangers=7, probes=3, rounds=2)
    (system,) = compare(written(missed="7, 11"), most=most)["systems"]
    path = tmp_path / "run" / system["kept"]["file"]
    assert system["kept"] == {"file": "systems/one.safetensors", "sha256": file_digest(path), **size(path)}
    known, rows = load(path), answers(tmp_path / "run")
    threshold = known.threshold
    assert threshold is not None and threshold.value == system["identification"]["open_set"]["threshold"]["1e-1"][0]
    strangers = [row for row in rows if row["right"] == ""]
    taken = [row for row in strangers if row["distance_to_threshold"] and float(row["distance_to_threshold"]) >= 0]
    people = len({row["person"] for row in strangers})
    assert (threshold.fpir, threshold.taken, threshold.strangers) == (0.1, len(taken), len(strangers))
    ends = wilson(len(taken) / len(strangers) * people, people)
    assert threshold.people == people and (threshold.low, threshold.high) == pytest.approx(ends)
    enrolled = made.splits[0] == GALLERY
    shown = enrolled & ~np.isin([int(name) for name in made.images.names], [7, 11])
    assert known.vectors[:, 0].tolist() == [int(made.images.names[i]) for i in np.flatnonzero(shown)]
    assert known.about.enrolled == "open_set, the first of 2 rounds"
    people, at = SystemPeople(known), {name: i for i, name in enumerate(made.images.names)}
    for row in rows:
        (faces,) = name_faces(people, [made.images[at[row["probe"]]]])
        if row["named"] == "":
            assert not faces
            continue
        (face,) = faces
        assert (face.nearest, str(face.score), str(face.distance)) == (
            row["named"],
            row["score"],
            row["distance_to_threshold"],
        )
        assert (face.runner_up, str(face.runner_up_score)) == (row["runner_up"], row["runner_up_score"])
        assert (face.named is None) == (float(row["distance_to_threshold"]) < 0)


def size(path: Path) -> dict[str, int]:
    return {"bytes": path.stat().st_size}


def test_everybody_is_known_where_that_is_wanted_and_the_threshold_keeps_its_origin(
    compare: Compare, seen: Any, enough: None, tmp_path: Path
) -> None:
    made = plugins.build("dataset", "open_set", root="", base="numbered", people=5, strangers=7, probes=3, rounds=2)
    assert made.labels is not None
    (first,) = compare(written())["systems"]
    before = load(tmp_path / "run" / first["kept"]["file"])
    known = np.zeros(len(made.labels), bool)
    for person in np.unique(made.labels):
        known[np.flatnonzero(made.labels == person)[-1]] = True
    (again,) = compare(written(), known=known)["systems"]
    assert again["identification"] == first["identification"]
    after = load(tmp_path / "run" / again["kept"]["file"])
    people = len(np.unique(made.labels))
    assert (len(before.about.people), len(after.about.people), after.about.enrolled) == (5, people, "open_set")
    assert after.vectors[:, 0].tolist() == [int(made.images.names[i]) for i in np.flatnonzero(known)]
    assert before.threshold is not None and after.threshold is not None
    assert after.threshold.value == before.threshold.value and after.threshold.taken == before.threshold.taken
    assert after.threshold.calibrated_on == f"strangers of open_set, while 5 of the {people} people were known,"


def test_too_few_strangers_leave_no_threshold(compare: Compare, seen: Any, tmp_path: Path) -> None:
    (system,) = compare(written())["systems"]
    known = load(tmp_path / "run" / system["kept"]["file"])
    assert known.threshold is None and known.about.no_threshold == "21 images of strangers are too few to set one"


def test_what_cannot_be_written_is_left_out_and_said(compare: Compare, seen: Any, tmp_path: Path) -> None:
    (system,) = compare(written("spy"))["systems"]
    assert system["kept"] == {"left_out": "what the encoder spy learned cannot be written to a file"}
    assert not (tmp_path / "run" / "systems").exists()
