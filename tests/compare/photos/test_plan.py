"""The plan for photos: what it asks for and gives, by other formulas, and from a pilot."""

import io
from itertools import pairwise

import pytest
from rich.console import Console

from eigen2arc.compare.photos.plan import TYPICAL, pilot_spread, plan
from eigen2arc.compare.photos.plan_tables import notes, plan_tables
from eigen2arc.core.files import Json


def pilot(**recommended: object) -> Json:
    found = {
        "fnmr": {"value": 0.1, "low": 0.0, "high": 0.2},
        "fmr": {"value": 0.01, "low": 0.001, "high": 0.1},
        "correlation": {"all": 1.0, "image": 0.5, "people": 0.3, "hub": 0.1, "person": 0.05},
        "images": 62,
        "unknown": 2,
        "people": 15,
    }
    verification = {
        "recommended": found | recommended,
        "resampled": {"units": 16},
        "intervals": {"accuracy": {"low": 0.8, "high": 0.9}},
    }
    pair = {"low": -0.03, "high": 0.05}
    return {
        "systems": [{"name": "A", "verification": verification}],
        "comparisons": [{"task": "verification", "units": 16, "pairs": [pair]}],
    }


def test_people_needed_are_those_of_the_textbook() -> None:
    made = plan(0.01, 0.02)
    for spread, one in zip(TYPICAL, made["plans"], strict=True):
        for row in one["needed"]:
            each = row["photos"]
            assert row["accuracy"] == pytest.approx((1.95996 * spread.accuracy[each] / 0.01) ** 2, abs=1)
            assert row["difference"] == pytest.approx((2.80158 * spread.difference[each] / 0.02) ** 2, abs=1)
            assert row["fmr"] is not None and row["fmr"] > 20
        falling = [[row[key] for row in one["needed"]] for key in ("fmr", "accuracy", "difference")]
        assert all(column == sorted(column, reverse=True) for column in falling)
        widths = [row["fmr"]["high"] - row["fmr"]["low"] for row in one["given"]]
        assert widths == sorted(widths, reverse=True)
        for row in one["given"]:
            assert row["fmr"]["low"] < 0.01 < row["fmr"]["high"]
            assert row["fmr"]["promised"] == (row["fmr"]["high"] <= 0.02)


def test_rarer_errors_take_more_people() -> None:
    needed = [[row["needed"][0]["fmr"] for row in plan(fmr, 0.02)["plans"]] for fmr in (0.1, 0.01, 0.001)]
    assert all(a < b for rarer, rare in pairwise(needed) for a, b in zip(rarer, rare, strict=True))


def test_a_pilot_gives_its_own_spread() -> None:
    spread = pilot_spread(pilot())
    assert spread is not None and spread.name == "A" and spread.correlation.hub == 0.1
    assert spread.accuracy == {4: pytest.approx(0.05 / 1.95996 * 4, rel=1e-4)}
    assert spread.difference == {4: pytest.approx(0.04 / 1.95996 * 4, rel=1e-4)}
    made = plan(0.01, 0.02, pilot())
    assert [one["spread"] for one in made["plans"]] == ["A"] and made["source"].startswith("as these photos have it")
    assert pilot_spread(pilot(fnmr=None)) is None and pilot_spread(pilot(people=3)) is None
    assert plan(0.01, 0.02, {"systems": [], "comparisons": []}) == plan(0.01, 0.02)


def test_tables_fit_a_terminal_of_80_columns() -> None:
    for fmr in (0.01, 1e-5, 0.5):
        made = plan(fmr, 0.02)
        out = io.StringIO()
        console = Console(file=out, width=80)
        for table in plan_tables(made):
            console.print(table)
        text = out.getvalue()
        assert "…" not in text and f"FMR {100 * fmr:g} %" in text
        assert all(len(line) <= 95 for line in notes(made))
