"""The section on stress: every stress a plot and its images, every system a row of half levels."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.report.plots import stress_figure
from eigen2arc.compare.report.render import render
from eigen2arc.compare.report.style import line_styles
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.intervals import wilson

from .conftest import NAMES, MakeRun, draw, keep

LEVELS = {"blur": [0.01, 0.05, 0.2], "jpeg": [50, 5]}
HALVES = [
    {"level": 0.0421, "weak_end": 0.031, "strong_end": None},
    {"level": None, "weak_end": None, "strong_end": None},
    None,
]


def stressed(folder: Path) -> Path:
    """Add stress to a made-up run."""
    document = json.loads((folder / "metrics.json").read_text("utf-8"))
    rng = np.random.default_rng(3)
    document["stress"] = {
        **{"pairs": 300, "of": 1200, "images": 280, "chance": 0.5, "face": "the annotated box"},
        "stresses": {
            name: {
                **{"label": f"{name}: its levels", "levels": levels, "settings": {}},
                "pictures": [keep(folder, draw(rng)) for _ in range(1 + len(levels))],
            }
            for name, levels in LEVELS.items()
        },
    }
    for n, system in enumerate(document["systems"]):
        system["stress"] = {
            name: {
                "levels": [
                    {"level": level, "accuracy": 0.95 - 0.1 * k, "pairs": 300, "not_found": 20 * k}
                    for k, level in enumerate([None, *levels])
                ],
                "half_level": HALVES[n % 3],
            }
            for name, levels in LEVELS.items()
        }
    (folder / "metrics.json").write_text(json.dumps(document), "utf-8")
    return folder


def test_a_plot_its_images_and_a_row_a_system(make_run: MakeRun) -> None:
    folder = make_run((), NAMES[:3])
    assert "stress-title" not in render(folder).read_text("utf-8")
    stressed(folder)
    html = render(folder).read_text("utf-8")
    assert render(folder).read_text("utf-8") == html
    section = html[html.index('aria-labelledby="stress-title"') :].partition("</section>")[0]
    assert len(re.findall('<svg class="plot"', section)) == 2
    assert len(re.findall('<img src="data:image/jpeg', section)) == 4 + 3
    rows = re.findall("<tr><th scope=.row.>(.*?)</tr>", section, re.DOTALL)
    cells = [re.findall('<span class="value">(.*?)</span>', row) for row in rows]
    assert cells == [["0.042"] * 2, ["beyond 0.2", "beyond 5"], ["-"] * 2]
    assert "0.031 to beyond 0.2" in rows[0] and "spread" not in rows[1] and "no better than chance" in rows[2]
    assert "300 of the 1,200 pairs" in section and "half of what its accuracy had over chance (50.0 %)" in section


def test_levels_stand_evenly_in_wilsons_band() -> None:
    points = [{"accuracy": a, "pairs": 50, "not_found": lost} for a, lost in ((0.9, 0), (0.8, 5), (0.6, 6))]
    words = ["as it is", "50", "5"]
    axes = stress_figure("jpeg", words, {"a": points}, line_styles([{"name": "a", "track": "deep"}]), 0.5).axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == words
    band = axes.collections[0].get_paths()[0].vertices
    for k, point in enumerate(points):
        here = band[band[:, 0] == k, 1]
        assert (here.min(), here.max()) == pytest.approx(wilson(round(50 * point["accuracy"]), 50))
    assert [tuple(face) == (1, 1, 1, 1) for face in axes.collections[1].get_facecolors()] == [False, False, True]


@pytest.mark.parametrize("broken", ["accuracy", "label"])
def test_a_file_that_is_wrong_there_is_a_line(make_run: MakeRun, broken: str) -> None:
    folder = stressed(make_run((), NAMES[:1]))
    text = (folder / "metrics.json").read_text("utf-8")
    (folder / "metrics.json").write_text(re.sub(f'"{broken}": [^,}}]*', f'"{broken}": []', text), "utf-8")
    with pytest.raises(UserError, match=r"metrics\.json"):
        render(folder)
