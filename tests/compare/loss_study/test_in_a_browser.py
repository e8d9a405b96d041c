"""The page of losses in a real browser: on a desk, a phone and paper, light and dark, with what can be pressed."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from eigen2arc.compare.loss_study.page import render

from ..browser import check_every_look, check_headings, opened, saved_files
from .test_page import LOSSES, write_table

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def losses(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The page, opened, and losses.json."""
    table = write_table(tmp_path_factory.mktemp("losses"), LOSSES)
    with opened(browser, render(table["folder"])) as page:
        yield page, table


def test_every_look(losses: tuple[Any, dict[str, Any]]) -> None:
    page, _ = losses
    check_headings(page)
    check_every_look(page)
    page.set_viewport_size({"width": 1400, "height": 900})


def test_losses_are_sorted_and_what_has_no_number_stays_below(losses: tuple[Any, dict[str, Any]]) -> None:
    page, _ = losses
    names = page.locator("table.sortable tbody .name")
    page.locator("table.sortable thead th", has_text="AUC").locator("button").click()
    assert names.all_inner_texts() == ["arcface", "triplet", "softmax", "untrained", "bad"]
    page.locator("table.sortable thead th", has_text="AUC").locator("button").click()
    assert names.all_inner_texts() == ["untrained", "softmax", "triplet", "arcface", "bad"]


def test_numbers_can_be_saved(losses: tuple[Any, dict[str, Any]]) -> None:
    page, table = losses
    files = saved_files(page)
    rows = csv.DictReader(io.StringIO(files["losses.csv"]))
    saved = {row["loss"]: float(row["accuracy"]) for row in rows}
    trained = {one["name"]: one["held_out"]["accuracy"]["mean"] for one in table["losses"] if "failed" not in one}
    assert saved == pytest.approx(trained | {"untrained": table["untrained"]["accuracy"]["mean"]}, rel=1e-4)
    assert sum(name.endswith(".svg") for name in files) == page.locator("svg.plot").count() == 8
    counts = [int(row["genuine pairs"]) for row in csv.DictReader(io.StringIO(files["angles-0.csv"]))]
    best = next(one for one in table["losses"] if one["name"] == "arcface")
    assert counts[36:] == [count for look in best["looks"] for count in look["genuine_angles"]]
