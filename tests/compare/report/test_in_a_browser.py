"""The page in a real browser, opened from disk: no error, no network, all figures drawn, no scrolling sideways."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eigen2arc.compare.report.render import render

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
