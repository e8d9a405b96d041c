"""The page in a real browser, opened from disk: no error, no network, all figures drawn, no scrolling sideways."""

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.report.render import render

from .conftest import NAMES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("drawn"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH to open the page with"),
]

MakeRun = Callable[..., Path]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("width_px", [1280, 400])
@pytest.mark.parametrize("tasks", [("verification", "identification", "detection", "factors"), ("detection",)])
def test_the_page_from_disk(browser: object, make_run: MakeRun, tasks: tuple[str, ...], width_px: int) -> None:
    address = render(make_run(tasks)).as_uri()
    complaints: list[str] = []
    requests: list[str] = []
    page = browser.new_page(viewport={"width": width_px, "height": 900})  # type: ignore[attr-defined]
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    page.wait_for_load_state("networkidle")

    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [address]

    plots = page.locator("svg.plot, svg.bar, svg.picture")
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
    page.close()


@pytest.fixture
def decided(browser: object, make_run: MakeRun) -> Iterator[tuple[Any, Path]]:
    """The page of a run of three verification systems, and the run's folder."""
    folder = make_run(("verification",), NAMES[2:])
    page = browser.new_page(viewport={"width": 1400, "height": 900})  # type: ignore[attr-defined]
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


def test_without_a_script_the_table_is_there(browser: object, make_run: MakeRun) -> None:
    folder = make_run(("verification",), NAMES[3:])
    page = browser.new_page(java_script_enabled=False)  # type: ignore[attr-defined]
    page.goto(render(folder).as_uri())
    assert not page.locator("form.asked").is_visible() and not page.locator("table.operating input").first.is_visible()
    row = page.locator("table.operating tr[data-system='0']")
    threshold = float(row.locator(".unscripted").inner_text())
    assert row.locator("[data-value=fnmr]").inner_text() == counted(folder, NAMES[3][0], threshold)["fnmr"]
    page.close()
