"""`eigen2arc cluster`, in process: who is in which group, what is written, and what is refused before any work."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from eigen2arc.compare.commands.cluster import COLUMNS, cluster
from eigen2arc.core import preferred
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.core.image import read, write
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.calibration.pair_calibration import calibrate_pairs
from eigen2arc.recognize.calibration.reading import Reading

PEOPLE = 4

#: Cosines of HOG: .99 and more of one drawn person's photos here, .97 and less of two people's.
THRESHOLD = 0.98


@pytest.fixture(autouse=True)
def light(square_recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command takes parts that find and encode the drawn faces in a moment."""
    monkeypatch.setattr(preferred, "choose_recognizer", lambda encoder, network: square_recognizer)


def code(*args: Any, **given: Any) -> int:
    try:
        cluster(*args, device="cpu", **given)
    except typer.Exit as stop:
        return stop.exit_code
    return 0


def test_each_person_is_a_group_in_what_is_printed_and_written(drawn_photos: Path, tmp_path: Path, capsys: Any) -> None:
    out, table = tmp_path / "out", tmp_path / "faces.csv"
    assert code(drawn_photos, threshold=THRESHOLD, out=out, table=table) == 0
    printed, errors = capsys.readouterr()
    lines = printed.splitlines()
    assert lines[:4] == [
        "faces are told apart by HOG (fixed_box, box, hog_grid); for tests",
        "13 faces in 14 images; 1 image without a face; 1 file cannot be read",
        "threshold 0.98, as given",
        "4 people with two faces or more: 12 faces; 1 face like no other",
    ]
    assert [line.partition(":")[0] for line in lines[4:8]] == ["  1", "  2", "  3", "  4"]
    assert lines[4].startswith("  1: 3 faces: day")
    assert lines[8] == f"page: {out / 'clusters.html'}; faces: {out / 'people'}"
    assert "text.jpg: is not an image" in errors

    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == COLUMNS.split() and len(rows) == 13
    groups: dict[str, set[str]] = {}
    for row in rows:
        fifth = float(row["x1"]) > 0
        groups.setdefault(row["cluster"], set()).add("fifth" if fifth else Path(row["image"]).stem)
        assert row["score"] == "" if row["cluster"] == "" else float(row["score"]) >= THRESHOLD
    assert groups == {"": {"fifth"}} | {str(i + 1): {str(i)} for i in range(PEOPLE)}
    cuts = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.jpg"))
    assert [cut.rpartition("/")[0] for cut in cuts] == ["alone"] + [
        f"people/000{i + 1}" for i in range(4) for _ in "abc"
    ]
    assert read(out / cuts[0]).shape[2] == 3


def test_json_says_the_same_and_a_second_run_reads_nothing_again(
    drawn_photos: Path, tmp_path: Path, capsys: Any
) -> None:
    given = {"threshold": THRESHOLD, "out": tmp_path, "json": True, "clusterer": "average_linkage"}
    assert code(drawn_photos, **given) == 0
    first = capsys.readouterr().out
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "artefacts").rglob("*.npz")}
    assert code(drawn_photos, **given) == 0
    assert capsys.readouterr().out == first and kept
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "artefacts").rglob("*.npz")} == kept
    found = json.loads(first)
    assert (found["people"], found["matcher"], found["clusterer"]) == (4, "cosine", "average_linkage")
    assert (found["threshold"], found["false_match_rate"]) == (THRESHOLD, None)
    assert list(found["unreadable"]) == ["text.jpg"]
    assert [(tmp_path / face["cut"]).is_file() for face in found["faces"]] == [True] * 13


def test_a_calibration_gives_the_threshold(
    drawn_photos: Path, square_recognizer: Recognizer, tmp_path: Path, capsys: Any
) -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(60), 2)
    score = np.where(person[:, None] == person, 0.99, rng.normal(0.9, 0.02, (120, 120)))
    parts = *square_recognizer[:3], Component("matcher", "cosine")
    said = {"data": "drawn pairs", "date": "2026-11-30"}
    known = calibrate_pairs((score + score.T) / 2, person, **said, reading=Reading.of(*parts))
    write_json(tmp_path / "known.json", known.to_json())
    assert code(drawn_photos, calibration=tmp_path / "known.json") == 0
    line = capsys.readouterr().out.splitlines()[2]
    assert "of the pairs of two people are as alike, measured on drawn pairs" in line
    other = known.to_json()
    other["reading"]["aligner"] = {"name": "box", "size_px": 64}
    write_json(tmp_path / "other.json", other)
    with pytest.raises(UserError, match=r"other\.json: was made with other stages: the aligner is another one"):
        cluster(drawn_photos, calibration=tmp_path / "other.json")


def test_what_cannot_be_is_refused_before_any_work(drawn_photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no threshold is known for the encoder hog_grid"):
        cluster(drawn_photos, out=tmp_path / "out")
    with pytest.raises(UserError, match="lies in the folder of the photos"):
        cluster(drawn_photos, out=drawn_photos / "out", threshold=0.5)
    with pytest.raises(UserError, match="--clusterer: no clusterer is called 'averag"):
        cluster(drawn_photos, clusterer="averag_linkage", threshold=0.5)
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "mine.txt").touch()
    with pytest.raises(UserError, match=r"mine\.txt: is not of an earlier `cluster`"):
        cluster(drawn_photos, out=tmp_path, threshold=0.5)
    assert [path.name for path in tmp_path.rglob("*")] == ["people", "mine.txt"]


def test_without_any_face_the_exit_code_is_1(tmp_path: Path, capsys: Any) -> None:
    write(tmp_path / "grey.png", np.full((90, 90, 3), 128, np.uint8))
    assert code(tmp_path, threshold=0.5) == 1
    assert "no face was found" in capsys.readouterr().err
