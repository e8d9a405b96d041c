"""The matrix of systems: who stands first, what both halves of it say, and what cannot be told."""

from typing import Any

import pytest

from eigen2arc.compare.report.comparisons import comparison_tables
from eigen2arc.compare.report.render import render

from .conftest import NAMES, MakeRun


def pair(first: str, second: str, difference: float, better: str) -> dict[str, Any]:
    ends = {"low": difference - 0.01, "high": difference + 0.02, "p": 0.004, "p_holm": 0.012}
    return {"first": first, "second": second, "difference": difference, "better": better, "people_needed": 4321} | ends


METRICS: dict[str, Any] = {
    "systems": [{"id": one, "name": one.upper()} for one in ("a", "b", "c")],
    "comparisons": [
        {
            "task": "verification",
            "metric": "accuracy",
            "unit": "people",
            "units": 40,
            "pairs": [pair("a", "b", -0.1, "b"), pair("a", "c", -0.02, ""), pair("b", "c", 0.08, "b")],
        }
    ],
}


def test_the_best_system_comes_first_and_both_halves_agree() -> None:
    (table,) = comparison_tables(METRICS)
    assert table["systems"] == ["B", "C", "A"]
    texts = [[None if cell is None else cell["text"] for cell in row] for row in table["rows"]]
    minus = "\u2212"
    assert texts == [
        [None, "+8.00", "+10.00"],
        [f"{minus}8.00", None, "+2.00"],
        [f"{minus}10.00", f"{minus}2.00", None],
    ]
    better = [[None if cell is None else cell["better"] for cell in row] for row in table["rows"]]
    assert better == [[None, "row", "row"], ["column", None, ""], ["column", "", None]]
    title = table["rows"][2][1]["title"]
    assert title == f"{minus}3.00 to +0.00 points; p = 0.004, by Holm 0.012; to be told apart by about 4,321 people"
    assert table["open"] == [{"first": "C", "second": "A", "needed": 4321}] and table["equal"] == []


def test_systems_without_a_difference_are_named() -> None:
    alike = pair("a", "b", 0.0, "") | {"people_needed": None}
    (table,) = comparison_tables({**METRICS, "comparisons": [{**METRICS["comparisons"][0], "pairs": [alike]}]})
    assert table["equal"] == [("A", "B")] and table["open"] == []


def test_the_page_has_a_matrix_a_task(make_run: MakeRun) -> None:
    page = render(make_run(systems=NAMES[:3])).read_text("utf-8")
    assert page.count('<table class="matrix">') == 3
    text = " ".join(page.split())
    assert "Cannot be told apart: " in text and "(about 1,234 people would do)" in text
    assert page.count('class="won"') == page.count('class="lost"') == 3
    assert page.count("(cannot be told apart)") == 3 * 4  # for who sees no hatching
    assert page.count('data-label="compared with"') == 3 * 3


def test_every_pair_stands_once_with_the_better_system_first() -> None:
    (table,) = comparison_tables(METRICS)
    assert [(*pair["names"], pair["difference"], pair["better"]) for pair in table["pairs"]] == [
        ("B", "C", "+8.00", "B"),
        ("B", "A", "+10.00", "B"),
        ("C", "A", "+2.00", ""),
    ]
    numbers = table["numbers"]
    assert numbers["B"]["compared with"] == ["C", "A"] and numbers["B"]["difference"] == [0.08, 0.1]
    assert numbers["C"]["low"] == pytest.approx([0.0]) and numbers["C"]["high"] == pytest.approx([0.03])
    assert numbers["C"]["better"] == [""] and numbers["C"]["needed"] == [4321]


def test_a_system_alone_has_none(make_run: MakeRun) -> None:
    assert "Which differences are real?</h2>" not in render(make_run(systems=NAMES[:1])).read_text("utf-8")
