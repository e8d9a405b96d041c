"""What a page and a terminal say of people and pictures in both sets."""

import json
from typing import Any

import pytest

from eigen2arc.compare.report.guards import by_what, finding, guard_context
from eigen2arc.compare.report.render import render

from .conftest import NAMES, MakeRun


def overlap(**more: Any) -> dict[str, Any]:
    side = {"name": "folder", "protocol": "", "images": 9, "people": 3}
    kinds = {"identical": 0, "near": 0, "mirrored": 0}
    empty: dict[str, Any] = {"people": [], "numbered": 0, "unnamed": [], "pictures": [], "kinds": kinds}
    return {"training": side, "test": side, **empty, **more}


def person(by: list[str], **more: Any) -> dict[str, Any]:
    return {"training": "Ada <b>", "test": "ADA", "by": by, "images": ["a.png", "b.png"], **more}


def test_the_finding_is_a_sentence() -> None:
    picture = {"kind": "near", "correlation": 0.95, "people": ["Ada", ""], "images": ["a", "b"]}
    assert finding(overlap()) == "Nobody, and no picture, was found in both the training and the test set."
    assert finding(overlap(people=[person(["name"])])) == "1 person is in both the training and the test set."
    both = overlap(people=[person(["name"])] * 2, pictures=[picture] * 1200)
    assert finding(both) == "2 people and 1,200 pictures are in both the training and the test set."


def test_what_each_way_of_looking_found() -> None:
    people = [person(["name", "vectors"], similarity=0.8, expected=1e-9), person(["picture"])]
    vectors = {"threshold": 0.7, "alpha": 0.05, "detectable": 0.634, "doubles": []}
    rows = by_what(
        overlap(people=people, numbered=1, vectors=vectors, kinds={"identical": 2, "near": 0, "mirrored": 1})
    )
    assert [(row["by"], row["people"]) for row in rows] == [("name", "1"), ("image", "1"), ("face", "1")]
    said = [row["said"] for row in rows]
    assert said[:2] == ["1 shared label is a number, which names nobody", "2 pixel by pixel, 1 mirrored"]
    assert "cosine 0.700 or more" in said[2] and "would find 63 % of those in both" in said[2]
    blind = by_what(overlap(vectors={**vectors, "threshold": 1.2, "detectable": None}))[2]["said"]
    assert "nobody can be found" in blind and "not known" in blind
    unnamed = by_what(overlap(unnamed=["scenes"]))
    assert [row["people"] for row in unnamed] == ["-"] * 3 and "scenes does not say who is who" in unnamed[2]["said"]
    captions = guard_context(overlap(people=[p | {"files": ["x", "y"]} for p in people]), str.upper)["parts"][0][
        "tiles"
    ]
    assert [tile["said"] for tile in captions] == ["by name, face; cosine 0.80, by chance < 1e-6", "by image"]
    assert captions[0]["sources"] == ["X", "Y"]


@pytest.mark.parametrize("found", [0, 1])
def test_a_run_says_what_its_fit_data_share_with_the_test(make_run: MakeRun, found: int) -> None:
    folder = make_run(("verification",), NAMES[:1])
    path = folder / "metrics.json"
    document = json.loads(path.read_text("utf-8"))
    files = [document["systems"][0]["errors"]["false_accepts"][0][f"{side}_picture"] for side in ("first", "second")]
    people = [person(["name"], files=files), person(["name"])][: 2 * found]
    path.write_text(json.dumps({**document, "guards": [{"task": "verification", **overlap(people=people)}]}), "utf-8")
    page = render(folder).read_text("utf-8")
    assert ("2 people are in both" in page) == bool(found) and ("Nobody, and no picture" in page) != bool(found)
    assert ("Ada &lt;b&gt;" in page and "the first 1 are shown" in page) == bool(found)
    assert 'id="guards-title"' in page and "all 9 tested images" in page
