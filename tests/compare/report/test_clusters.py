"""The people of a folder in words and on a page: all adds up, who fits best comes first, and no name is a command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.report import clusters
from eigen2arc.compare.report.clusters import clusters_context, people, summary
from eigen2arc.compare.report.clusters_page import CLUSTERS, render
from eigen2arc.compare.runner.pictures import write_picture
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json

from ..browser import check_every_look, check_headings, opened

EVIL = "<script>alert(1)</script>.jpg"


def found(folder: Path) -> dict[str, Any]:
    """Two people with three and two faces, a face that is like no other, two that are too small, one blurred."""
    cut = write_picture(folder, np.zeros((8, 8, 3), np.uint8))
    rows = [("a.jpg", 1, 0.6), (EVIL, 1, 0.9), ("a.jpg", 1, 0.8), ("b.jpg", 2, 0.5), ("c.jpg", 2, 0.5)]
    faces = [{"image": image, "cluster": number, "score": score, "left_out": ""} for image, number, score in rows]
    faces += [{"image": "d.jpg", "cluster": None, "score": None, "left_out": why} for why in ("", "tiny", "tiny")]
    faces += [{"image": "e.jpg", "cluster": None, "score": None, "left_out": "blurred"}]
    faces = [face | ({} if face["left_out"] else {"cut": cut}) for face in faces]
    said = {"command": "eigen2arc cluster photos", "folder": "my/photos", "recognizer": "faces are told apart by HOG"}
    return {
        **said,
        **{"matcher": "cosine", "clusterer": "chinese_whispers", "origin": "threshold 0.5, as given", "images": 1208},
        **{"people": 2, "faces": faces, "unreadable": {"f.jpg": "f.jpg: is damaged"}},
    }


def test_it_adds_up_in_words(tmp_path: Path) -> None:
    one = found(tmp_path)
    assert summary(one) == [
        "9 faces in 1,208 images; 1,201 images without a face; 1 file cannot be read",
        "threshold 0.5, as given",
        "2 people with two faces or more: 5 faces; 1 face like no other; 2 too small to be told apart; 1 too blurred",
    ]
    nothing = one | {"faces": [], "people": 0, "images": 1, "unreadable": {}}
    assert summary(nothing)[0] == "0 faces in 1 image; 1 image without a face"
    assert summary(nothing)[2] == "0 people with two faces or more: 0 faces; 0 faces like no other"
    first, second = people(one)
    assert [face["score"] for face in first["faces"]] == [0.9, 0.8, 0.6] and first["images"] == [EVIL, "a.jpg"]
    assert (second["number"], second["images"]) == (2, ["b.jpg", "c.jpg"])


def test_a_page_shows_the_first_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PEOPLE_SHOWN", "ALONE_SHOWN"):
        monkeypatch.setattr(clusters, name, 1)
    monkeypatch.setattr(clusters, "FACES_SHOWN", 2)
    shown = clusters_context(found(tmp_path), lambda name: f"data:{name}")
    (row,) = shown["people"]
    assert (len(row["faces"]), len(row["tiles"]), row["more"], shown["more"]) == (3, 2, 1, 1)
    assert row["tiles"][0]["source"].startswith("data:pictures/")
    assert (len(shown["alone"]["tiles"]), shown["alone"]["more"]) == (1, 0)


def test_the_page_is_made_of_the_files_alone(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no finished clusters: it has no clusters\.json"):
        render(tmp_path)
    write_json(tmp_path / CLUSTERS, found(tmp_path))
    page = render(tmp_path).read_text("utf-8")
    assert "<h1>The people in photos</h1>" in page and EVIL not in page and "&lt;script&gt;alert(1)" in page
    assert "1: 3 faces in 2 images" in page and page.count("data:image/jpeg") == 6
    assert render(tmp_path).read_text("utf-8") == page
    broken = found(tmp_path)
    broken["faces"][0]["cluster"] = 0
    (tmp_path / CLUSTERS).write_text(json.dumps(broken))
    with pytest.raises(UserError, match=r"clusters\.json: faces\.0\.cluster: expected"):
        render(tmp_path)


@pytest.mark.browser
def test_in_a_browser(browser: Any, tmp_path: Path) -> None:
    write_json(tmp_path / CLUSTERS, found(tmp_path))
    with opened(browser, render(tmp_path)) as page:
        check_headings(page)
        check_every_look(page)
