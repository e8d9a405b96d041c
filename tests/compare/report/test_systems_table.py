"""The first table: which columns it has, where its bars lie, and the numbers that can be saved."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.compare.report.overview import COLUMNS, Cell
from eigen2arc.compare.report.render import render
from eigen2arc.compare.report.systems_table import MAIN, _bar, _scale, table_numbers

from .conftest import NAMES, MakeRun


def cell(low: float, value: float, high: float) -> Cell:
    return Cell("accuracy", "", value=value, ends=(low, high))


def test_its_columns_are_columns_of_the_overview() -> None:
    there = {(column.task, column.label) for column in COLUMNS}
    assert {(task, label) for task, labels in MAIN.items() for label in labels} <= there


def test_a_scale_has_round_ends_that_hold_all_bars() -> None:
    assert _scale([cell(0.527, 0.66, 0.772), cell(0.852, 0.98, 0.998)]) == pytest.approx((0.4, 1.0))
    assert _scale([cell(0.97, 0.98, 0.99), cell(0.981, 0.985, 1.0)]) == pytest.approx((0.97, 1.0))
    assert _scale([cell(1.0, 1.0, 1.0)]) == pytest.approx((1.0, 1.001))
    assert _scale([Cell("accuracy", "-"), Cell("accuracy", "1", value=0.5)]) is None


@given(st.lists(st.floats(0, 1), min_size=3, max_size=12))
def test_no_bar_leaves_its_scale(values: list[float]) -> None:
    cells = [cell(*sorted(values[n : n + 3])) for n in range(0, len(values) - 2, 3)]
    scale = _scale(cells)
    assert scale is not None
    for one in cells:
        bar = _bar(one, scale)
        assert bar is not None
        start, at, end = (float(bar[key]) for key in ("start", "at", "end"))
        assert 0 <= start <= at <= end <= 100
        low, high = scale
        assert low + (high - low) * at / 100 == pytest.approx(one.value, abs=0.001 * (high - low))


def test_numbers_have_a_column_for_each_end_that_some_system_has() -> None:
    column = COLUMNS[0]
    rows = [[cell(0.7, 0.8, 0.9)], [Cell("accuracy", "0.5", value=0.5)], [Cell("accuracy", "-")]]
    systems = [{"name": name} for name in "abc"]
    assert table_numbers(systems, [column], rows) == {
        "a": {"accuracy": [0.8], "accuracy, low": [0.7], "accuracy, high": [0.9]},
        "b": {"accuracy": [0.5], "accuracy, low": [None], "accuracy, high": [None]},
        "c": {"accuracy": [None], "accuracy, low": [None], "accuracy, high": [None]},
    }


def test_the_page_has_a_bar_for_each_interval(make_run: MakeRun) -> None:
    page = render(make_run(("verification", "identification"), NAMES[:2])).read_text("utf-8")
    first = page[page.index('<table class="first') : page.index("</table>")]
    labels = re.findall(r'<td data-label="([^"]*)" data-value="[\d.]+"', first)
    assert labels == ["accuracy", "EER", "rank-1"] * 2  # too few strangers for DIR at an FPIR of 1 %
    assert first.count('class="interval"') == first.count("95 % interval") == 6
    assert first.count('class="scale"') == 3
    assert "ms a face" not in page  # nothing was measured
