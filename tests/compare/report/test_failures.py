"""The gallery of failures: who else fails is said of each pair, and each picture stands in the page once."""

import html as entities
import json
import re
from pathlib import Path

from eigen2arc.compare.report.render import render

from .conftest import NAMES, MakeRun


def text_of(folder: Path) -> tuple[str, str]:
    html = render(folder).read_text("utf-8")
    section = html[html.index('id="errors-title"') :].partition("</section>")[0]
    return html, " ".join(entities.unescape(re.sub("<[^>]*>", " ", section)).split())


def test_marks_and_galleries(make_run: MakeRun) -> None:
    folder = make_run(("verification",))
    html, text = text_of(folder)
    assert "Of 1,200 pairs no system fails at 700, and all 5 fail at 31. Alone fails Eigenfaces (1991) at 2," in text
    assert "All 5 systems fail here The worst 2 of 31." in text and "As Eigenfaces (1991) saw them" in text
    assert "one person 75.00 % two people 25.00 %" in text
    # Of each system six pairs that it alone is wrong about, and four that all are.
    assert text.count("only this system fails here") == 6 * 5 and text.count("all fail here") == 4 * 5
    assert text.count("Only this system fails here") == 1 and text.count("one person 0.500 < 0.750") == 2
    pictures = re.findall(r'<image id="(crop-\d+)" href="([^"]*)"', html)
    assert len({source for _, source in pictures}) == len(pictures) == 24
    assert set(re.findall(r'href="#(crop-\d+)"', html)) == {name for name, _ in pictures}


def test_one_system_has_nobody_beside_it(make_run: MakeRun) -> None:
    _, text = text_of(make_run(("verification",), NAMES[:1]))
    assert "fails here" not in text and "fail here" not in text and "3.21 ≥ 1.50" in text


def test_no_failure_no_section(make_run: MakeRun) -> None:
    folder = make_run(("verification",), NAMES[:2])
    document = json.loads((folder / "metrics.json").read_text("utf-8"))
    for system in document["systems"]:
        system["errors"] = {"false_accepts": [], "false_rejects": []}
    document["failures"]["alone"] = {}
    (folder / "metrics.json").write_text(json.dumps(document), "utf-8")
    assert "errors-title" not in render(folder).read_text("utf-8")
