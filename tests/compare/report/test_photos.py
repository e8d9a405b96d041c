"""The check of photos in words and on a page: all is named, adds up, and nothing in a name is a command."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from eigen2arc.compare.photos.findings import Finding, Kind
from eigen2arc.compare.report.photos import TITLES, by_kind, count_line, photos_context, summary, who_told
from eigen2arc.compare.report.photos_page import CHECK, render
from eigen2arc.compare.runner.pictures import write_picture
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json

from ..browser import check_every_look, check_headings, opened


def found(folder: Path) -> dict[str, Any]:
    thumbnail = write_picture(folder, np.zeros((8, 8, 3), np.uint8))
    evil = "people/<script>alert(1)</script>/x.jpg"
    findings = [
        Finding("several_faces", "note", ("Ada",), ("people/Ada/2.jpg",), "shows 2 faces", 2),
        Finding("several_faces", "fault", ("Ada",), ("people/Ada/1.jpg",), "shows 3 faces", 3),
        Finding("unreadable", "fault", ("Ada",), (evil,), "is damaged"),
        Finding("no_image", "fault", ("Bob",), (), "has no image that can be used", 0),
    ]
    rows = [one._asdict() for one in findings]
    rows[1]["files"] = [thumbnail]
    return {
        "command": "eigen2arc datasets check people",
        "folder": "people",
        "version": "0" * 64,
        "people": 1,
        "images": 2,
        "strangers": 1200,
        "files": 1203,
        "counts": {"used": 1202, "unreadable": 1},
        "kinds": {"several_faces": 2, "unreadable": 1, "no_image": 1},
        "findings": rows,
        "not_checked": ["whether two folders are one person: 1 people are too few to say what chance does"],
        "stages": {"detector": {"name": "mtcnn"}, "encoder": {"name": "embedding", "weights": "x"}},
        "caution": "it knows little",
    }


def test_each_kind_has_a_title() -> None:
    assert tuple(TITLES) == get_args(Kind)


def test_it_adds_up_in_words(tmp_path: Path) -> None:
    check = found(tmp_path)
    assert count_line(check) == "1,203 files = 1,202 used + 1 cannot be read"
    assert summary(check) == "2 images of 1 person and 1,200 of strangers can be used; 3 faults are to be looked at."
    assert summary(check | {"findings": [], "strangers": 0}) == "2 images of 1 person can be used; no fault was found."
    assert who_told(check) == ("Who looks like whom was asked of detector mtcnn, encoder embedding; it knows little.")
    rows = by_kind(check)
    assert [(row["kind"], row["faults"], len(row["findings"])) for row in rows] == [
        ("unreadable", 1, 1),
        ("several_faces", 1, 2),
        ("no_image", 1, 1),
    ]
    assert [one["severity"] for one in rows[1]["findings"]] == ["fault", "note"]
    context = photos_context(check, lambda name: f"data:{name}")
    assert context["faults"] == 3 and context["kinds"][1]["findings"][0]["sources"][0].startswith("data:pictures/")


def test_the_page_names_all_and_runs_nothing(tmp_path: Path) -> None:
    write_json(tmp_path / CHECK, found(tmp_path))
    page = render(tmp_path).read_text()
    for words in ("people/Ada/1.jpg", "people/Ada/2.jpg", "Bob", "is damaged", "too few", "1,202 used"):
        assert words in page
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "data:image/jpeg;base64," in page
    assert render(tmp_path).read_text() == page


@pytest.mark.browser
def test_every_look(browser: Any, tmp_path: Path) -> None:
    write_json(tmp_path / CHECK, found(tmp_path))
    with opened(browser, render(tmp_path)) as page:
        check_headings(page)
        check_every_look(page)


def test_a_broken_check_is_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no finished check"):
        render(tmp_path)
    whole = found(tmp_path)
    for key, value in (
        ("counts", {"used": -1}),
        ("counts", {"what": 1}),
        ("findings", [{"kind": "x"}]),
        ("findings", [{**whole["findings"][1], "files": ["../../etc/passwd"]}]),
        ("stages", {"detector": {}}),
        ("folder", 3),
    ):
        write_json(tmp_path / CHECK, whole | {key: value})
        with pytest.raises(UserError) as error:
            render(tmp_path)
        assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)
    (tmp_path / CHECK).write_text(json.dumps(whole)[:-40])
    with pytest.raises(UserError, match="JSON"):
        render(tmp_path)
