"""The section of an ablation, of a made-up one."""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from eigen2arc.compare.report.ablation import dots_figure, losses_figure, points
from eigen2arc.compare.report.render import render
from eigen2arc.compare.report.run_folder import RunFolder
from eigen2arc.core.errors import UserError

from .conftest import NAMES, MakeRun

Mutations = Callable[[Any], Iterator[Any]]


def estimate(value: float, half: float = 0.02) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


def variant(value: float, same: str = "", **changed: str) -> dict[str, Any]:
    return {
        "stage": " and ".join(changed),
        "changed": changed,
        "accuracy": 0.7 + value,
        "difference": estimate(value),
        "not_found": 3,
        "crops_sha256": "ab",
        "same_crops_as": same,
    }


def judged(name: str, *, as_it_is: bool, interaction: float) -> dict[str, Any]:
    return {
        "detector": name,
        "as_it_is": as_it_is,
        "accuracy": 0.7,
        "losses": {
            "choice": estimate(0.0123),
            "place": estimate(0.04),
            "sum": estimate(0.0523),
            "both": estimate(0.0523 + interaction),
        },
        "interaction": estimate(interaction, 0.01),
        "adds_up": abs(interaction) <= 0.01,
    }


ABLATION = {
    "task": "verification",
    "stages": ["detector", "aligner", "preprocessing"],
    "level": 0.95,
    "annotated": True,
    "on_missing": "centre",
    "choose": "central",
    "left_out": ["Eigenfaces (1991), fixed_box, eyes: fixed_box gives no points, and the aligner eyes needs them"],
    "systems": [
        {
            "name": NAMES[0][0],
            "id": "one",
            "stages": {"detector": "viola_jones", "aligner": "eyes", "preprocessing": "none", "encoder": "one"},
            "accuracy": 0.7,
            "not_found": 3,
            "crops_sha256": "ab",
            "variants": [
                variant(-0.05, detector="worse"),
                variant(0.03, detector="better"),
                variant(-0.01, aligner="box", same="worse"),
                variant(0.0678, detector="better", aligner="box"),
                variant(0.0, preprocessing="gamma"),
            ],
            "attribution": {
                "reference": "annotated",
                "annotated": True,
                "accuracy": 0.75,
                "detectors": [
                    judged("viola_jones", as_it_is=True, interaction=0.002),
                    judged("better", as_it_is=False, interaction=-0.03),
                ],
            },
        }
    ],
}


def ablated(folder: Path, ablation: Any = ABLATION) -> Path:
    path = folder / "metrics.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "ablation": ablation}), "utf-8")
    return folder


def test_what_stands_in_the_section(make_run: MakeRun) -> None:
    html = unescape(render(ablated(make_run(("identification",), NAMES[:1]))).read_text("utf-8"))
    section = html[html.index('<section id="ablation"') :]
    section = section[: section.index("</section>")]
    words = " ".join(re.sub(r"<svg.*?</svg>|<.*?>", " ", section, flags=re.DOTALL).split())
    assert "Eigenfaces (1991): 70.00 % as it is" in words
    assert "viola_jones 70.00 as it is 69.00 \u22121.00, same crops as worse" in words
    assert "better 73.00 +3.00 76.78 +6.78" in words and "69.00 to" not in words
    assert "65.00 to 76.78 %" in words  # the grid's range
    assert "worse 65.00 \u22125.00 \u2013" in words  # no such pair was run
    assert "+1.23 \u22120.77 to +3.23 +4.00 +2.00 to +6.00 +5.23 +3.23 to +7.23" in words
    assert words.count("the two add up") == words.count("the two interact") == 1
    assert "Left out: Eigenfaces (1991), fixed_box, eyes" in words and "the image's centre does" in words
    assert section.count('<svg class="plot"') == 2


def test_rows_are_sorted_by_loss_within_their_stage() -> None:
    (system,) = ABLATION["systems"]
    figure = dots_figure([v for v in system["variants"] if len(v["changed"]) == 1], system["stages"], 0.7)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["better", "worse", "box", "gamma"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [float(line.get_xdata()[0]) for line in dots] == pytest.approx([3, -5, -1, 0])
    assert [line.get_markerfacecolor() != "white" for line in dots] == [True, True, False, False]


def test_a_bar_is_as_long_as_the_loss() -> None:
    rows = ABLATION["systems"][0]["attribution"]["detectors"]
    (axes,) = losses_figure(rows).axes
    assert [bar.get_width() for bar in axes.patches[:4]] == pytest.approx([1.23, 4, 5.23, 5.43])


def test_points_have_a_sign_but_for_zero() -> None:
    assert [points(value) for value in (0.0123, -0.004, 0.00001, -0.00001)] == ["+1.23", "\u22120.40", "0.00", "0.00"]


def test_other_content_is_refused_or_drawn(make_run: MakeRun, mutations: Mutations) -> None:
    folder = make_run(("identification",), NAMES[:1])
    refused = 0
    for changed in islice(mutations(ABLATION), 0, None, 29):
        try:
            assert RunFolder(ablated(folder, changed)).metrics
        except UserError as error:
            refused += 1
            assert "\n" not in str(error) and "ablation" in str(error)
    assert refused > 10
