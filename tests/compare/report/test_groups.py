"""The tables of groups: what they say, in which order, and that they are left out where no set has groups."""

from typing import Any

import numpy as np

from eigen2arc.compare.report.groups import acquired, groupings
from eigen2arc.compare.report.render import render
from eigen2arc.core.metrics.groups import Grouping, of_probes
from eigen2arc.core.metrics.intervals import wilson

from .conftest import NAMES, MakeRun


def system(name: str, **shares: tuple[float, float]) -> dict[str, Any]:
    """Two groups of a hundred probes each by grouping, with so many of them right."""
    made = {}
    for grouping, rates in shares.items():
        right = np.concatenate([np.arange(100) < 100 * rate for rate in rates]).astype(float)
        probes = np.arange(200)
        made[grouping] = of_probes(right, probes, probes, Grouping(("low", "high"), np.repeat([0, 1], 100)))
    return {"name": name, "identification": {"groups": made}}


def test_the_surest_spread_comes_first_and_is_bold() -> None:
    systems = [system("a", age=(0.9, 0.85), yaw_deg=(0.9, 0.2)), system("b", age=(0.5, 0.5)), {"name": "c"}]
    (table,) = groupings(systems)
    assert (table["task"], table["metric"], table["systems"]) == ("identification", "rank-1", ["a", "b"])
    assert [row["name"] for row in table["rows"]] == ["yaw (°)", "age"]
    yaw, age = table["rows"]
    assert yaw["spreads"][1] is None and yaw["spreads"][0]["value"] == "70.00" and yaw["spreads"][0]["sure"]
    assert yaw["spreads"][0]["between"] == "best: low, worst: high"
    assert [cell["value"] for cell in age["spreads"]] == ["5.00", "0.00"] and not age["spreads"][0]["sure"]
    assert [group["size"] for group in age["groups"]] == ["100 probes"] * 2
    assert [[cells[0]["value"] for cells in group["cells"]] for group in age["groups"]] == [
        ["90.00", "50.00"], ["85.00", "50.00"],
    ]  # fmt: skip


def test_nothing_where_there_are_no_groups() -> None:
    assert groupings([{"name": "a", "verification": {}}]) == []


def test_a_share_that_was_not_acquired() -> None:
    assert acquired({"share": 0.025, "interval": {"low": 0.0, "high": 0.1}}) == "2.50 %, 0.00 to 10.00"


def test_the_page_has_groups_strangers_and_losses(make_run: MakeRun) -> None:
    page = render(make_run(("verification", "identification"), NAMES[:1])).read_text("utf-8")
    low, high = wilson(3, 1203)
    for words in (
        "Groups: is each pair treated alike?",
        "Groups: is each probe treated alike?",
        "age years",
        "DIR at FPIR 10 %",
        "accuracy, losses refused",
        "rank-1, losses refused",
        "HTER",
        "DIR at FPIR 1e-2, 1e-3: too few strangers",
        f"0.25 %, {100 * low:.2f} to {100 * high:.2f}",
    ):
        assert words in page, words
    assert page.count('aria-label="Share of enrolled people named') == 1
