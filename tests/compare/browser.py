"""Opening a page in a headless Chromium, for the tests of pages: none may complain, ask for anything, or run over."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

#: How wide a page is shown, and on what: a desk, a phone, and a sheet of A4 within its margins at 96 dots an inch.
LOOKS = (
    *((width, scheme, "screen") for width in (1400, 420) for scheme in ("light", "dark")),
    (690, "dark", "print"),
)

#: Text of a plot against the paper around it, as WCAG 2.1 counts contrast; 4.5 is what it asks for.
CONTRAST = """() => {
  const light = color => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('svg.plot text, h1, p, td, th')].filter(e => e.offsetParent || e.ownerSVGElement)
    .filter(e => !e.closest('.limited, .best, .won, .lost, .track, .tried, [class*=chip]'))
    .map(e => light(e.ownerSVGElement ? getComputedStyle(e).fill : getComputedStyle(e).color))
    .map(text => (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05));
}"""


#: Waits until the page was drawn again, before which it hears nothing of another medium.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@contextmanager
def opened(browser: Any, page: Path, width_px: int = 1400) -> Iterator[Any]:
    """Open a page from disk; at the end it must have asked for nothing but itself, and said nothing."""
    shown = browser.new_page(viewport={"width": width_px, "height": 900})
    complaints: list[str] = []
    requests: list[str] = []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", lambda request: requests.append(request.url))
    shown.goto(page.as_uri())
    shown.wait_for_load_state("networkidle")
    yield shown
    assert complaints == []
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [page.as_uri()]
    shown.close()


def check_every_look(shown: Any) -> None:
    """Look at an open page on a desk, a phone and paper, light and dark: it is as wide as that, and can be read."""
    folded = shown.locator("details:not([open])").count()
    for width_px, scheme, media in LOOKS:
        shown.set_viewport_size({"width": width_px, "height": 900})
        shown.emulate_media(media=media, color_scheme=scheme)
        shown.evaluate(DRAWN)
        look = f"{width_px} px, {scheme}, {media}"
        assert shown.evaluate("document.documentElement.scrollWidth") <= width_px, look
        paper = shown.evaluate("getComputedStyle(document.body).backgroundColor")
        dark = max(map(int, re.findall(r"\d+", paper)[:3])) < 60
        assert dark == (scheme == "dark" and media == "screen"), look
        assert min(shown.evaluate(CONTRAST)) >= 4.5, look
        if media == "print":
            assert shown.locator("details:not([open])").count() == 0
            assert not any(tools.is_visible() for tools in shown.locator(".tools, .skip").all())
            # Nothing is cut off: no box on paper holds more than it shows.
            boxes = "[...document.querySelectorAll('.scroll, table')]"
            assert shown.evaluate(f"{boxes}.filter(e => e.scrollWidth > e.clientWidth + 1).length") == 0
    shown.emulate_media(media="screen", color_scheme="light")
    shown.evaluate(DRAWN)
    assert shown.locator("details:not([open])").count() == folded


def check_headings(shown: Any) -> None:
    """Check that headings go down by one level at a time, and that all that can be scrolled has a name."""
    levels = shown.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(e => Number(e.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    for query in ("main", "header"):
        assert shown.locator(query).count() == 1
    reached = "[...document.querySelectorAll('[tabindex]')]"
    assert shown.evaluate(f"{reached}.filter(e => !e.ariaLabel && !e.hasAttribute('aria-labelledby')).length") == 0
    assert shown.locator("img:not([alt]), thead th:not([scope]), tbody th:not([scope])").count() == 0
    assert shown.locator("svg:not([role=img]):not([aria-hidden=true])").count() == 0


#: Presses every button of every toolbar, and keeps what it would save in place of giving it to the browser.
PRESS_ALL = """async () => {
  const [create, click, blobs, saved] = [URL.createObjectURL, HTMLAnchorElement.prototype.click, [], {}];
  URL.createObjectURL = blob => { blobs.push(blob); return 'data:,'; };
  HTMLAnchorElement.prototype.click = function () { saved[this.download] = blobs.at(-1); };
  for (const button of document.querySelectorAll('.tools button')) button.click();
  [URL.createObjectURL, HTMLAnchorElement.prototype.click] = [create, click];
  for (const name of Object.keys(saved)) saved[name] = await saved[name].text();
  return saved;
}"""


def saved_files(shown: Any) -> dict[str, str]:
    """Return the text of all files that an open page lets one save, by name. Some of them it is made to save indeed."""
    saved: dict[str, str] = shown.evaluate(PRESS_ALL)
    assert len(saved) == shown.locator(".tools button").count()
    for kind in ("SVG", "CSV"):
        with shown.expect_download() as waiting:
            shown.locator("svg.plot + .tools").first.get_by_text(kind).click()
        download = waiting.value
        assert Path(download.path()).read_text("utf-8") == saved[download.suggested_filename]
    return saved
