"""The page in a real browser, opened from disk: no error, no network, all figures drawn, no scrolling sideways."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from eigen2arc.compare.report.render import render

from ..browser import check_every_look, check_headings, opened, saved_files
from .conftest import NAMES, write_run

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("drawn")]

MakeRun = Callable[..., Path]


@pytest.mark.parametrize("width_px", [1280, 400])
@pytest.mark.parametrize("tasks", [("verification", "identification", "detection", "factors"), ("detection",)])
def test_the_page_from_disk(browser: Any, make_run: MakeRun, tasks: tuple[str, ...], width_px: int) -> None:
    with opened(browser, render(make_run(tasks)), width_px) as page:
        plots = page.locator("svg.plot, svg.picture")
        assert plots.count() > (20 if len(tasks) > 1 else 10)
        drawn = plots.evaluate_all(
            "all => all.map(svg => { const box = svg.getBoundingClientRect();"
            " return [box.width, box.height, svg.querySelectorAll('path').length] })"
        )
        assert all(width > 10 and height > 5 and paths > 0 for width, height, paths in drawn)

        decoded = page.evaluate(
            "() => Promise.all([...document.querySelectorAll('img, image')].map(async element => {"
            " const image = new Image(); image.src = element.src || element.href.baseVal;"
            " await image.decode(); return image.naturalWidth }))"
        )
        assert decoded
        assert all(width > 0 for width in decoded)

        assert page.evaluate("document.documentElement.scrollWidth") <= width_px


@pytest.fixture
def decided(browser: Any, make_run: MakeRun) -> Iterator[tuple[Any, Path]]:
    """The page of a run of three verification systems, and the run's folder."""
    folder = make_run(("verification",), NAMES[2:])
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(render(folder).as_uri())
    yield page, folder
    page.close()


def shown(page: Any) -> list[dict[str, str]]:
    """What the table says of each system, and the threshold that its input has."""
    return page.evaluate(  # type: ignore[no-any-return]
        "() => [...document.querySelectorAll('table.operating tr[data-system]')].map(row => ({"
        " threshold: row.querySelector('input[type=number]').value,"
        " ...Object.fromEntries([...row.querySelectorAll('[data-value]')].map(e => [e.dataset.value, e.textContent]))"
        "}))"
    )


def counted(folder: Path, system: str, threshold: float) -> dict[str, str]:
    """The same by counting the rows of scores.csv."""
    with (folder / "scores.csv").open(newline="") as file:
        rows = [(float(r["score"]), r["same"] == "1") for r in csv.DictReader(file) if r["system"] == system]
    wrong = sum(score >= threshold and not same for score, same in rows)
    refused = sum(score < threshold and same for score, same in rows)
    genuine = sum(same for _, same in rows)
    fmr, fnmr = wrong / (len(rows) - genuine), refused / genuine
    made = {"fmr": fmr, "fnmr": fnmr, "tar": 1 - fnmr, "accuracy": 1 - (wrong + refused) / len(rows)}
    return {key: f"{100 * rate:.2f}" for key, rate in made.items()} | {
        "falseAccepts": str(wrong),
        "falseRejects": str(refused),
    }


def check(page: Any, folder: Path) -> list[float]:
    """Compare all that is shown with what scores.csv gives at the thresholds that are shown, which are returned."""
    thresholds = []
    for (system, _, _), row in zip(NAMES[2:], shown(page), strict=True):
        threshold = float(row.pop("threshold"))
        assert row == counted(folder, system, threshold)
        thresholds.append(threshold)
    # Each dot lies on the curve of its system's colour.
    assert page.evaluate(
        "() => [...document.querySelectorAll('circle.operating[data-plot=roc]')].map(dot => {"
        " const at = new DOMPoint(dot.cx.baseVal.value, dot.cy.baseVal.value);"
        " return [...dot.closest('svg').querySelectorAll('g[id*=line2d] > path')].some(path => {"
        "  if (path.style.stroke !== dot.style.fill) return false;"
        "  path.style.strokeDasharray = 'none';"
        "  return path.isPointInStroke(at); }) })"
    ) == [True] * len(thresholds)
    return thresholds


def test_a_false_match_rate_is_asked_for(decided: tuple[Any, Path]) -> None:
    page, folder = decided
    systems = json.loads((folder / "metrics.json").read_text("utf-8"))["systems"]
    means = [one["verification"]["threshold"]["mean"] for one in systems]
    np.testing.assert_allclose(check(page, folder), means, rtol=1e-5)
    assert page.locator(".changed").count() == 0

    page.focus("#asked-slider")
    before: list[float] = [np.inf] * 3
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        rate = float(page.input_value("#asked-number"))
        assert page.get_attribute("#asked-slider", "aria-valuetext") == f"{rate:g} %"
        thresholds = check(page, folder)
        assert all(now <= then for now, then in zip(thresholds, before, strict=True))
        assert all(float(row["fmr"]) <= rate + 0.005 for row in shown(page))
        assert all(row["fnmr"] in page.text_content("#asked-said") for row in shown(page))
        before = thresholds

    # As metrics.json has it at the same rate.
    page.fill("#asked-number", "10.7")
    page.keyboard.press("Tab")
    assert page.input_value("#asked-number") == "10"
    expected = [f"{100 * one['verification']['fnmr_at_fmr']['1e-1']:.2f}" for one in systems]
    assert [row["fnmr"] for row in shown(page)] == expected
    check(page, folder)
    page.click("#own-thresholds")
    np.testing.assert_allclose(check(page, folder), means, rtol=1e-5)


def test_pairs_change_sides(decided: tuple[Any, Path]) -> None:
    page, folder = decided
    systems = json.loads((folder / "metrics.json").read_text("utf-8"))["systems"]
    near, own = systems[1]["near_threshold"], systems[1]["verification"]["threshold"]["mean"]
    number = page.locator("table.operating tr[data-system='1'] input[type=number]")
    number.focus()
    for key in ("ArrowUp", "ArrowDown"):
        for _ in range(8):
            page.keyboard.press(key)
            chosen = check(page, folder)[1]
            framed = page.evaluate(
                "() => [...document.querySelectorAll('figure[data-system=\"1\"]')].map("
                "pair => [pair.matches('.changed'), pair.matches('.wrong')])"
            )
            if abs(chosen - own) > 1e-4:  # the suite's own is printed with fewer digits
                assert framed == [
                    [(p["score"] >= chosen) != (p["score"] >= own), (p["score"] >= chosen) != p["same"]] for p in near
                ]
    number.fill(str(own + 1))
    number.press("Enter")
    (_, chosen, _) = check(page, folder)
    assert abs(chosen - own - 1) < 0.2
    rates = [counted(folder, NAMES[3][0], threshold) for threshold in (chosen, own)]
    genuine, impostors = (abs(int(rates[0][key]) - int(rates[1][key])) for key in ("falseRejects", "falseAccepts"))
    said = page.text_content("[data-changes='1']")
    assert said.endswith(f"refused now, {genuine} genuine and {impostors} impostor pairs")
    assert page.text_content("[data-changes='0']").startswith("at ")  # the others stay


def test_without_a_script_the_table_is_there(browser: Any, make_run: MakeRun) -> None:
    folder = make_run(("verification",), NAMES[3:])
    page = browser.new_page(java_script_enabled=False)
    page.goto(render(folder).as_uri())
    assert not page.locator("form.asked").is_visible() and not page.locator("table.operating input").first.is_visible()
    row = page.locator("table.operating tr[data-system='0']")
    threshold = float(row.locator(".unscripted").inner_text())
    assert row.locator("[data-value=fnmr]").inner_text() == counted(folder, NAMES[3][0], threshold)["fnmr"]
    page.close()


@pytest.fixture(scope="module")
def full(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The page of a run with all tasks, opened at a desk, and its metrics.json."""
    folder = write_run(tmp_path_factory.mktemp("full") / "run")
    with opened(browser, render(folder)) as page:
        yield page, json.loads((folder / "metrics.json").read_text("utf-8"))


def test_the_answer_and_the_table_stand_on_the_first_screen(full: tuple[Any, dict[str, Any]]) -> None:
    page, _ = full
    ends = page.evaluate(
        "['.answer', 'table.first tbody'].map(q => document.querySelector(q).getBoundingClientRect().bottom)"
    )
    assert ends == sorted(ends) and ends[-1] <= 900
    assert (
        page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('table.first').parentElement)") == 0
    )


def test_every_look_of_a_run(full: tuple[Any, dict[str, Any]]) -> None:
    page, _ = full
    check_headings(page)
    check_every_look(page)
    page.set_viewport_size({"width": 1400, "height": 900})


def names_of(page: Any) -> list[str]:
    """The systems of the first table from the top."""
    return list(page.locator("table.first tbody .name").all_inner_texts())


def test_a_table_is_sorted_by_any_column(full: tuple[Any, dict[str, Any]]) -> None:
    page, metrics = full
    heading = page.locator("table.first thead th", has_text="accuracy")
    ranked = sorted(metrics["systems"], key=lambda one: -one["verification"]["accuracy"]["mean"])
    best_first = [one["name"] for one in ranked]
    heading.locator("button").click()
    assert names_of(page) == best_first and heading.get_attribute("aria-sort") == "descending"
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    assert names_of(page) == best_first[::-1] and heading.get_attribute("aria-sort") == "ascending"
    system = page.locator("table.first thead th", has_text="system")
    system.locator("button").click()
    assert names_of(page) == sorted(best_first) and heading.get_attribute("aria-sort") is None
    assert system.get_attribute("aria-sort") == "ascending"


@pytest.fixture(scope="module")
def files(full: tuple[Any, dict[str, Any]]) -> dict[str, str]:
    """What the page lets one save, by name."""
    return saved_files(full[0])


def test_every_plot_can_be_saved_and_read_by_itself(full: tuple[Any, dict[str, Any]], files: dict[str, str]) -> None:
    names = full[0].locator("svg.plot").evaluate_all("all => all.map(svg => svg.dataset.name)")
    assert {"roc", "det", "scores-0", "cmc", "open-set", "recall", "continuous", "factor-0", "timing"} <= set(names)
    assert {f"{name}.{kind}" for name in names for kind in ("svg", "csv")} <= set(files)
    for name in names:
        text = files[f"{name}.svg"]
        root = ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("width", "").endswith("pt")
        assert "var(" not in text
        # Whoever has the file has no page beside it: what the lines are stands in it.
        if name in ("roc", "det", "cmc", "recall", "factor-0"):
            said = "".join(root.itertext())
            assert all(system in said for system, *_ in NAMES), name


def test_saved_numbers_are_those_of_the_run(full: tuple[Any, dict[str, Any]], files: dict[str, str]) -> None:
    metrics = full[1]
    systems = {one["name"]: one for one in metrics["systems"]}

    def saved(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(files[f"{name}.csv"])))

    for row in saved("systems"):
        made = systems[row["system"]]
        assert float(row["accuracy"]) == pytest.approx(made["verification"]["accuracy"]["mean"], rel=1e-4)
        ends = made["identification"]["intervals"]["rank1"]
        assert float(row["rank-1, low"]) == pytest.approx(ends["low"], rel=1e-4, abs=1e-9)
        assert float(row["recall at 100 FP"]) == pytest.approx(made["detection"]["recall_at_fp"]["100"], rel=1e-4)
    cmc = saved("cmc")
    for name, made in systems.items():
        curve = [float(row["right person among the first"]) for row in cmc if row["system"] == name]
        assert curve == pytest.approx(made["identification"]["cmc"], rel=1e-4)
    for row in saved("det"):
        band = systems[row["system"]]["verification"]["det_band"]
        n = min(range(len(band["fmr"])), key=lambda n: abs(band["fmr"][n] - float(row["false match rate"])))
        assert float(row["high"]) == pytest.approx(band["high"][n], rel=1e-4)
    levels = saved("factor-0")
    for name, made in systems.items():
        points = next(iter(made["factors"].values()))
        assert [float(row["accuracy"]) for row in levels if row["system"] == name] == pytest.approx(
            [point["accuracy"] for point in points], rel=1e-4
        )
    timing = {(row["system"], row["stage"]): float(row["seconds"]) for row in saved("timing")}
    assert timing == pytest.approx(
        {(name, stage): part["seconds"] for name, one in systems.items() for stage, part in one["timing"].items()},
        rel=1e-4,
    )
    pairs = {
        (row["system"], row["compared with"]): float(row["difference"]) for row in saved("comparisons-verification")
    }
    names = {one["id"]: one["name"] for one in metrics["systems"]}
    for pair in metrics["comparisons"][0]["pairs"]:
        first, second = names[pair["first"]], names[pair["second"]]
        either = pairs.get((first, second)), pairs.get((second, first))
        (difference,) = (one for one in either if one is not None)
        assert abs(difference) == pytest.approx(abs(pair["difference"]), abs=1e-9)


def test_the_keyboard_goes_to_the_answer_first(browser: Any, make_run: MakeRun) -> None:
    with opened(browser, render(make_run(("detection",), NAMES[:2]))) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.locator(".skip").is_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        links = page.locator("nav[aria-label='On this page'] a")
        assert links.all_inner_texts() == page.locator("section > h2").all_inner_texts()
        page.keyboard.press("Escape")
        assert not links.first.is_visible()
        page.goto(page.url.partition("#")[0] + "#all-figures")
        assert page.locator("#all-figures").get_attribute("open") is not None


def test_without_pairs_the_threshold_moves(browser: object, make_run: MakeRun) -> None:
    folder = make_run(("verification",), NAMES[4:])
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    del metrics["systems"][0]["near_threshold"]
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    page = browser.new_page()  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(render(folder).as_uri())
    assert page.locator("#near-title").count() == 0
    page.fill("#asked-number", "5")
    page.keyboard.press("Tab")
    (row,) = shown(page)
    assert 0 < float(row["fmr"]) <= 5
    page.close()
