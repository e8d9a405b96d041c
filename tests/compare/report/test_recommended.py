"""The section on thresholds: what it says, in which order, and what it does with other content."""

import json
from pathlib import Path
from typing import Any

import pytest

from eigen2arc.compare.report.recommended import rate, recommended_section, score, words
from eigen2arc.compare.report.render import render
from eigen2arc.core.errors import UserError

from .conftest import NAMES, MakeRun


def found(fnmr: float | None = 0.1, high: float = 0.015, **more: Any) -> dict[str, Any]:
    return {
        "asked": 0.01,
        "threshold": 0.41234,
        "low": 0.39,
        "high": 0.44,
        "fmr": {"value": 0.0098, "low": 0.006, "high": high},
        "fnmr": None if fnmr is None else {"value": fnmr, "low": fnmr / 2, "high": fnmr * 2},
        "pairs": 123456,
        "people": 60,
        "images": 620,
        "unknown": 20,
        "promised": high <= 0.02,
        "lowest": 0.01,
        "needed": 41,
        "correlation": {"all": 1.0, "image": 0.5, "people": 0.3, "hub": 0.1, "person": 0.05},
        **more,
    }


def systems(*of_each: dict[str, Any] | None) -> list[dict[str, Any]]:
    given = [{} if one is None else {"verification": {"recommended": one}} for one in of_each]
    return [{"name": name, **one} for name, one in zip("ABCD", given, strict=False)]


def test_the_system_that_refuses_the_fewest_is_recommended() -> None:
    several = systems(found(0.2), found(0.05, high=0.018), found(0.05), found(None))
    assert words(several) == [
        "Use threshold 0.4123 with C: it then accepts 0.98 % of the pairs of two people here, and with other people "
        "like these 0.6 to 1.5 %; of the pairs of one person it refuses 5 % (2.5 to 10 %)."
    ]
    section = recommended_section(several)
    assert section is not None and [row["name"] for row in section["rows"]] == ["C", "B", "A", "D"]
    assert (section["pairs"], section["people"], section["asked"]) == ("123,456", "60", "1")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"lowest": 0.05}, "60 people are enough for 5 %; 1 % takes about 41 like them."),
        ({"lowest": 0.05, "needed": None}, "60 people are enough for 5 %; compare mine --plan says how many it takes"),
    ],
)
def test_too_few_people_are_told_so(more: dict[str, Any], said: str) -> None:
    (use, few) = words(systems(found(high=0.07, **more)))
    assert use.startswith("Use threshold 0.4123 with A") and few.startswith(f"Too few people to promise 1 %: {said}")


def test_people_who_are_too_few_for_any_rate_have_no_threshold() -> None:
    (few,) = words(systems(found(high=1.0, lowest=None, needed=None)))
    assert few.startswith("No threshold can be recommended for 1 %. Too few people to promise 1 %: 60 people are too")


def test_without_a_threshold_there_is_a_reason() -> None:
    assert recommended_section(systems(None)) is None
    section = recommended_section(systems({"left_out": "it learns"}))
    assert section is not None and section["left_out"] == ["A: it learns"] and not section["rows"]
    assert words(systems({"left_out": "it learns"})) == [
        "No threshold can be recommended: that takes two people with two images each."
    ]


def test_numbers_have_the_digits_that_mean_something() -> None:
    assert [rate(one) for one in (0.00123, 0.0123, 0.123, 0.01, 0.0, 1.0)] == ["0.12", "1.2", "12", "1", "0", "100"]
    assert [score(one) for one in (0.412345, -28.4056, -4163.3, 12.0)] == ["0.4123", "-28.41", "-4,163", "12"]


def change(folder: Path, **more: Any) -> None:
    path = folder / "metrics.json"
    document = json.loads(path.read_text("utf-8"))
    document["systems"][0]["verification"]["recommended"] = found(**more)
    path.write_text(json.dumps(document), "utf-8")


def test_the_page_says_it_at_its_top(make_run: MakeRun) -> None:
    folder = make_run(("verification",), NAMES[:1])
    change(folder)
    page = " ".join(render(folder).read_text("utf-8").split())
    assert page.index("Which threshold to use") < page.index("Systems side by side")
    assert "Use threshold 0.4123 with Eigenfaces (1991)" in page and "From all 123,456 pairs" in page


def test_other_content_is_refused_in_a_line(make_run: MakeRun) -> None:
    folder = make_run(("verification",), NAMES[:1])
    for more in ({"threshold": None}, {"needed": -1}, {"fmr": {"value": 2}}, {"asked": 0}):
        change(folder, **more)
        with pytest.raises(UserError, match=r"metrics\.json: .*recommended.*Run it again") as caught:
            render(folder)
        assert "\n" not in str(caught.value)
