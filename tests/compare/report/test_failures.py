"""The gallery of failures: who else fails is said of each pair, and each picture stands in the page once."""

import html as entities
import json
import re
from pathlib import Path
from typing import Any

from eigen2arc.compare.report.render import render

from .conftest import NAMES, MakeRun


def page_of(folder: Path, document: Any) -> tuple[str, str]:
    """The page of a run with another metrics.json, and the text of the gallery."""
    (folder / "metrics.json").write_text(json.dumps(document), "utf-8")
    html = render(folder).read_text("utf-8")
    section = html.partition('id="errors-title"')[2].partition("</section>")[0]
    return html, " ".join(entities.unescape(re.sub("<[^>]*>", " ", section)).split())


def test_marks_and_galleries(make_run: MakeRun) -> None:
    folder = make_run(("verification",), NAMES[:2])
    document = json.loads((folder / "metrics.json").read_text("utf-8"))
    for system in document["systems"]:
        for number, pair in enumerate(system["errors"]["false_rejects"]):
            pair["failing"] = 1 + number % 2
    html, text = page_of(folder, document)
    assert "Of 1,200 pairs no system fails at 700, and all 2 fail at 31. Alone fails Eigenfaces (1991) at 2," in text
    assert "All 2 systems fail here The worst 2 of 31." in text and "As Eigenfaces (1991) saw them" in text
    assert "one person 75.00 % two people 25.00 %" in text
    # Of each system it alone is wrong about six and two of the pairs, and both about two.
    assert text.count("only this system fails here") == 8 * 2 and text.count("all fail here") == 2 * 2
    assert text.count("Only this system fails here") == 1 and text.count("one person 0.500 < 0.750") == 2
    pictures = re.findall(r'<image id="(crop-\d+)" href="([^"]*)"', html)
    assert len({source for _, source in pictures}) == len(pictures) == 24
    assert set(re.findall(r'href="#(crop-\d+)"', html)) == {name for name, _ in pictures}

    # A system has nobody beside it, and may not fail.
    del document["systems"][1], document["failures"], document["comparisons"][0]
    _, text = page_of(folder, document)
    assert "fails here" not in text and "fail here" not in text and "3.21 ≥ 1.50" in text
    document["systems"][0]["errors"] = {"false_accepts": [], "false_rejects": []}
    html, _ = page_of(folder, document)
    assert "errors-title" not in html
