"""Operating points in the page: numbers against a slow loop over scores.csv, places against matplotlib's own."""

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import norm

from eigen2arc.compare.report.operating_point import percent_of
from eigen2arc.compare.report.plots import (
    axes_ends,
    det_figure,
    det_places,
    distribution_figure,
    roc_figure,
    roc_places,
    threshold_places,
)
from eigen2arc.compare.report.render import render
from eigen2arc.compare.report.style import line_styles
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Scores

from .conftest import NAMES, write_run

Data = dict[str, Any]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two systems, the first of which has a name to beware of."""
    return write_run(tmp_path_factory.mktemp("written"), ("verification",), ((ODD, "deep", 2.0), *NAMES[1:2]))


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "run"))


ODD = "\"'></svg></script><script>alert(1)</script><!--"


def data_of(html: str) -> Data:
    block = re.search(r'<script type="application/json" id="data-operating-points">(.*?)</script>', html)
    assert block is not None
    made: Data = json.loads(block[1])
    return made


def scores_of(folder: Path) -> dict[str, Scores]:
    by_system: dict[str, list[tuple[float, bool]]] = {}
    with (folder / "scores.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            by_system.setdefault(row["system"], []).append((float(row["score"]), row["same"] == "1"))
    return {name: Scores(*np.array(rows).T, np.zeros(len(rows))) for name, rows in by_system.items()}


def test_every_number_of_the_page_by_counting(folder: Path) -> None:
    data = data_of(render(folder).read_text("utf-8"))
    systems = json.loads((folder / "metrics.json").read_text("utf-8"))["systems"]
    for system, made, scores in zip(systems, data["systems"], scores_of(folder).values(), strict=True):
        assert made["thresholds"][made["own"]] == system["verification"]["threshold"]["mean"]
        value, same = scores.value.astype(float), scores.same
        for k, threshold in enumerate(made["thresholds"]):
            accepted = value >= threshold
            wrong, refused = int(np.sum(accepted & ~same)), int(np.sum(~accepted & same))
            assert (made["falseAccepts"][k], made["falseRejects"][k]) == (wrong, refused)
            rates = (wrong / np.sum(~same), refused / np.sum(same), np.mean(accepted == same))
            assert [made[key][k] for key in ("fmr", "fnmr", "accuracy")] == [f"{100 * rate:.2f}" for rate in rates]
            assert float(made["tar"][k]) == pytest.approx(100 - float(made["fnmr"][k]), abs=0.011)
            if k != made["own"]:
                assert float(made["threshold"][k]) == threshold
        for rate, k in zip(data["rates"], made["atRate"], strict=True):
            assert float(made["fmr"][k]) <= float(rate) + 0.005
            assert k == 0 or made["falseAccepts"][k - 1] / np.sum(~same) > float(rate) / 100


def test_the_table_that_needs_no_script(folder: Path) -> None:
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    verification = metrics["systems"][1]["verification"]
    verification["intervals"]["fnmr_at_fmr/1e-1"] = {"low": 0.123, "high": 0.4567}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    html = render(folder).read_text("utf-8")
    text = " ".join(re.sub("<[^>]*>", " ", html[html.index("Thresholds for false match rates") :]).split())
    assert text.startswith("Thresholds for false match rates of 10 %, 1 %")
    _, scores = scores_of(folder).values()
    lowest = min(t for t in np.unique(scores.value) if np.mean(scores.value[~scores.same] >= t) <= 0.1)
    found = re.search(r"Fisherfaces \(1997\) (\S+) (\S+) 12.3 to 45.7 \S+ too few impostors", text)
    assert found is not None and found[2] == f"{100 * verification['fnmr_at_fmr']['1e-1']:.2f}"
    assert ((scores.value >= float(found[1])) == (scores.value >= lowest)).all()


@pytest.mark.usefixtures("drawn")
def test_marks_lie_where_matplotlib_draws_them(rng: np.random.Generator) -> None:
    same = np.arange(400) % 2 == 0
    scores = {"a": Scores(rng.normal(1.5 * same, 1), same, np.zeros(400))}
    styles = line_styles([{"name": "a", "track": "deep"}])
    fmr, fnmr = np.array([0.0, 0.03, 0.5]), np.array([0.9, 0.25, 0.02])
    held = np.array([1 / 200, 0.03, 0.5])

    roc = roc_figure(scores, styles)
    roc.axes[0].plot(held, 1 - fnmr, "o", gid="dots", clip_on=False)
    places = drawn(roc)
    np.testing.assert_allclose(roc_places(roc, fmr, fnmr), places, atol=0.01)

    bands = {"a": {"fmr": [0.1, 0.2], "low": [0.1, 0.1], "high": [0.2, 0.2]}}
    det = det_figure(scores, styles, bands)
    det.axes[0].plot(norm.ppf(held), norm.ppf([0.8, 0.25, 0.02]), "o", gid="dots", clip_on=False)
    places = drawn(det)
    np.testing.assert_allclose(det_places(det, fmr, fnmr), places, atol=0.01)

    histogram = distribution_figure(scores["a"], 0.75, styles["a"])
    low, high = histogram.axes[0].get_ylim()
    histogram.axes[0].plot([0.75, 1.5, 1.5], [low, low, high], "o", gid="dots", clip_on=False)
    histogram.axes[0].set_ylim(low, high)
    places = drawn(histogram)
    np.testing.assert_allclose(threshold_places(histogram, np.array([0.75, 1.5])), places[:2, 0], atol=0.01)
    np.testing.assert_allclose(axes_ends(histogram), places[[2, 1], 1], atol=0.01)
    far = threshold_places(histogram, np.array([-1e308, 1e308]))
    assert 0 <= far[0] < far[1] <= 3.6 * 72


def drawn(figure: Figure) -> np.ndarray:
    """Where a figure's dots are in its SVG, as matplotlib writes them."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    dots = buffer.getvalue().partition('id="dots"')[2].partition("<g id")[0]
    found = re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"', dots)
    return np.array(found, float)


def test_pairs_near_the_threshold_stand_on_their_sides(folder: Path) -> None:
    html = render(folder).read_text("utf-8")
    made = data_of(html)["systems"][1]
    near = json.loads((folder / "metrics.json").read_text("utf-8"))["systems"][1]["near_threshold"]
    html = html[html.rindex('class="changing"') :]
    below = [int(one) for one in re.findall(r'data-accepted-below="(\d+)"', html)]
    assert len(below) == len(near) == 12
    for pair, first_refused in zip(near, below, strict=True):
        for k, threshold in enumerate(made["thresholds"]):
            assert (pair["score"] >= threshold) == (k < first_refused)
    refused, _, accepted = html.partition("<h4>accepted</h4>")
    own = made["thresholds"][made["own"]]
    assert refused.count("data-accepted-below") == sum(pair["score"] < own for pair in near)
    assert accepted.count("accepted: right") == sum(pair["score"] >= own and pair["same"] for pair in near)


def test_what_names_hold_is_no_script(folder: Path) -> None:
    def hostile(metrics: Any) -> None:
        system = metrics["systems"][0]
        for pair in [*system["near_threshold"], *system["errors"]["false_accepts"]]:
            pair["first"] = ODD
        metrics["failures"]["alone"][ODD] = metrics["failures"]["alone"].pop(system["id"])
        metrics["failures"]["everybody"]["crops_of"] = ODD
        metrics["failures"]["everybody"]["shown"][0]["second"] = ODD

    edit(folder, hostile)
    html = render(folder).read_text("utf-8")
    assert "<script>alert" not in html and "</script><script" not in html and "<!--" not in html
    assert len(data_of(html)["systems"]) == 2


def test_any_threshold_makes_a_page(folder: Path) -> None:
    for threshold in (-1e308, 0.1 + 0.2):
        edit(folder, lambda metrics, to=threshold: metrics["systems"][0]["verification"]["threshold"].update(mean=to))
        made = data_of(render(folder).read_text("utf-8"))["systems"][0]
        assert made["thresholds"][made["own"]] == threshold and made["thresholds"] == sorted(made["thresholds"])


def test_broken_pairs_are_named(folder: Path) -> None:
    written = (folder / "metrics.json").read_text("utf-8")
    for path, value, said in BROKEN:
        broken = metrics = json.loads(written)
        for key in path[:-1]:
            metrics = metrics[key]
        metrics[path[-1]] = value
        (folder / "metrics.json").write_text(json.dumps(broken), "utf-8")
        with pytest.raises(UserError, match=said):
            render(folder)


BROKEN: list[tuple[tuple[str | int, ...], object, str]] = [
    (("systems", 0, "near_threshold", 0, "score"), "high", r"near_threshold\.0\.score: expected a valid number"),
    (("systems", 0, "near_threshold", 0, "same"), 1, r"near_threshold\.0\.same: expected a valid boolean"),
    (("systems", 0, "errors", "false_accepts", 0, "failing"), -1, r"failing: .*greater than or equal to 0"),
    (("systems", 0, "near_threshold", 0, "first_picture"), "../a.jpg", "names an image outside the run"),
    (("failures", "everybody", "shown", 0, "outdone"), 1.5, "outdone: .*less than or equal to 1"),
    (("failures", "systems"), 1, r"failures\.systems: .*greater than or equal to 2"),
]


def test_rates_are_written_with_the_digits_they_have() -> None:
    assert [percent_of(float(rate)) for rate in ("0", "1e-7", "2.5e-4", "0.1", "1")] == [
        "0", "0.00001", "0.025", "10", "100",
    ]  # fmt: skip


def edit(folder: Path, change: Callable[[Any], object]) -> None:
    document = json.loads((folder / "metrics.json").read_text("utf-8"))
    change(document)
    (folder / "metrics.json").write_text(json.dumps(document), "utf-8")
