"""The page of a made-up table of losses: what stands in it, how it ranks, and that it needs nothing but itself."""

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.loss_study.page import behind, ranking, read, render
from eigen2arc.compare.loss_study.plots import line_styles, logit_figure, plane_figure
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json

pytestmark = pytest.mark.usefixtures("plots_not_drawn")

#: name, mean accuracy, whether it has a target logit, whether it depends on directions only.
LOSSES = (("softmax", 0.80, True, False), ("arcface", 0.86, True, True), ("triplet", 0.84, False, True))


def held_out(mean: float, rng: np.random.Generator) -> dict[str, Any]:
    folds = mean + 0.03 * rng.standard_normal(10)
    std = float(folds.std(ddof=1))
    accuracy = {"mean": float(folds.mean()), "std": std, "se": std / math.sqrt(10), "folds": folds.tolist()}
    metrics = {"accuracy": accuracy, "tar_at_far": {"1e-2": mean - 0.3, "1e-3": None}, "auc": mean + 0.05, "eer": 0.1}
    return {**metrics, "pairs": {"folds": 6000, "all": 719400}, "look": {"accuracy": mean, **angles(60, 80, rng)}}


def angles(genuine: float, impostor: float, rng: np.random.Generator) -> dict[str, list[int]]:
    named = {"genuine_angles": rng.normal(genuine, 14, 2000), "impostor_angles": rng.normal(impostor, 12, 2000)}
    return {name: np.histogram(values, np.arange(0, 181, 5))[0].tolist() for name, values in named.items()}


def row(name: str, mean: float, curve: bool, on_circle: bool, rng: np.random.Generator) -> dict[str, Any]:
    people = np.arange(8).repeat(20)
    turn = people * math.pi / 4 + rng.normal(0, 0.1, len(people))
    points = rng.gamma(9, 0.5, (len(people), 1)) * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    centres = [[math.cos(n * math.pi / 4), math.sin(n * math.pi / 4)] for n in range(8)]
    margin = 0.5 if name == "arcface" else 0.0
    theta = np.radians(np.arange(181))
    return {
        "name": name,
        "summary": f"{name}: what it is (Somebody et al., 2019).",
        "settings": {"loss_settings": {"scale": 30.0} if on_circle else {}},
        "reason": "few people" if on_circle else "",
        "curve": np.cos(np.minimum(theta + margin, math.pi)).round(5).tolist() if curve else None,
        "steps": 240,
        "images": 240 * 128,
        "losses": np.linspace(5, 1, 240).tolist(),
        "looks": [
            {"step": 60 * n, "accuracy": 0.6 + (mean - 0.6) * n / 4, **angles(90 - 18 * n, 90, rng)}
            for n in range(1, 5)
        ],
        "held_out": held_out(mean, rng),
        "plane": {
            "points": points.tolist(),
            "labels": people.tolist(),
            "centres": [centres] if curve else [],
            "on_circle": on_circle,
            "steps": 200,
        },
        "seconds": 83.4,
    }


@pytest.fixture
def table(tmp_path: Path) -> dict[str, Any]:
    """A made-up table, written to a folder that is its "folder"."""
    return write_table(tmp_path / "table", LOSSES)


def write_table(folder: Path, losses: tuple[tuple[str, float, bool, bool], ...]) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    failed = {"name": "bad", "summary": "Diverges.", "settings": {"loss_settings": {}}, "reason": "", "curve": None}
    document = {
        "command": "eigen2arc compare losses --budget 30min",
        "eigen2arc": "0.1.0",
        "versions": {"python": "3.11.2"},
        "hardware": {"cpu": "A Processor 9000", "cores": 2, "memory_gb": 8.0, "device": "cpu"},
        "budget": {"text": "30min", "steps": 240},
        "backbone": {"name": "mobilefacenet", "settings": {"width": 0.5, "size_px": 64}},
        "training": {"learning_rate": 0.1, "batch_size": 128, "seed": 0, "embedding_size": 128, "size_px": 64},
        "verify_sets": [],
        "dataset": {
            "name": "synthetic",
            "version": "0123456789abcdef",
            "protocol": "260 synthetic people",
            "notes": ["These people do not exist."],
            "trained_people": 200,
            "held_out_people": 60,
            "held_out_images": 1200,
        },
        "theta_deg": list(range(181)),
        "untrained": held_out(0.6, rng),
        "losses": [*(row(*one, rng) for one in losses), failed | {"failed": "step 3: the loss is nan", "seconds": 1.2}],
    }
    write_json(folder / "losses.json", document)
    return document | {"folder": folder}


class Page(HTMLParser):
    """The text, the ids and the addresses; fails on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link"):
            self.open.append(tag)
        self.ids += [value or "" for key, value in attrs if key == "id"]
        self.addresses += [value or "" for key, value in attrs if key in ("src", "href", "xlink:href")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "script":
            self.text += data


def test_everything_stands_on_the_page_and_nothing_is_fetched(table: dict[str, Any]) -> None:
    html = render(table["folder"]).read_text("utf-8")
    page = Page(html)
    assert set(re.findall(r'id="(\w+)-title"', html)) == {"table", "training", "planes", "angles", "published", "made"}
    assert len(page.ids) == len(set(page.ids))
    own = {f"#{name}" for name in page.ids}
    assert all(address.startswith("data:") or address in own for address in page.addresses)
    for one in table["losses"][:3]:
        assert f"{100 * one['held_out']['accuracy']['mean']:.2f}" in page.text and one["summary"] in page.text
    for text in ("step 3: the loss is nan", "untrained", "99.53", "95.56", "95.15", table["command"]):
        assert text in page.text
    assert "No such curve: triplet" in page.text
    assert html.count('class="plot"') == 2 + 3 + 3


@pytest.mark.usefixtures("drawn")
def test_the_same_table_gives_the_same_bytes_without_a_model(table: dict[str, Any]) -> None:
    first = render(table["folder"]).read_bytes()
    code = (
        "import sys; from eigen2arc.compare.loss_study.page import render; render(sys.argv[1])\n"
        "heavy = {'torch', 'numba', 'sklearn'} & set(sys.modules)\nassert not heavy, heavy"
    )
    folder = str(table["folder"])
    subprocess.run([sys.executable, "-c", code, folder], check=True, env={**os.environ, "PYTHONHASHSEED": "5"})
    assert (table["folder"] / "report.html").read_bytes() == first


def test_the_most_accurate_comes_first_and_what_failed_last(table: dict[str, Any]) -> None:
    assert [one["name"] for one in ranking(table["losses"])] == ["arcface", "triplet", "softmax", "bad"]


def test_how_far_behind_is_the_paired_standard_error(table: dict[str, Any]) -> None:
    best, other = table["losses"][1], table["losses"][0]
    both = (one["held_out"]["accuracy"]["folds"] for one in (best, other))
    folds = [a - b for a, b in zip(*both, strict=True)]
    mean = sum(folds) / 10
    variance = sum((fold - mean) ** 2 for fold in folds) / 9
    assert behind(best, other) == pytest.approx((mean, (variance / 10) ** 0.5))


def edit(table: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> str:
    path = table["folder"] / "losses.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return render(table["folder"]).read_text("utf-8")


def shift(document: dict[str, Any], place: int, folds: list[float]) -> None:
    accuracy = document["losses"][place]["held_out"]["accuracy"]
    accuracy["folds"], accuracy["mean"] = folds, float(np.mean(folds))


@pytest.mark.parametrize(
    ("folds", "note"),
    [
        ([0.91, 0.8] * 5, "most accurate"),
        ([0.85, 0.83] * 5, "within the standard error of the best"),  # behind by 0.01, with a standard error of 0.0133
        ([0.88, 0.78] * 5, ""),  # behind by 0.02 in every fold
        ([0.55] * 10, "no better than untrained"),
    ],
)
def test_the_marks(table: dict[str, Any], folds: list[float], note: str) -> None:
    def change(document: dict[str, Any]) -> None:
        for place, of in ((0, [0.5] * 10), (1, [0.9, 0.8] * 5), (2, folds)):
            shift(document, place, of)
        document["untrained"]["accuracy"]["folds"] = [0.6] * 10

    cell = re.search(r'class="name">triplet</span>(.*?)</th>', edit(table, change), re.DOTALL)
    assert cell is not None
    marks = re.findall(r'class="track">(.*?)<', cell.group(1))
    assert marks == ([note] if note else [])


def test_sets_of_pairs_have_a_column_and_then_angles_are_of_start_and_end(table: dict[str, Any]) -> None:
    def change(document: dict[str, Any]) -> None:
        document["verify_sets"] = ["lfw"]
        for n, one in enumerate(document["losses"][:3]):
            one["looks"] = [{"step": 240, "accuracy": 0.9, "lfw": 0.9123 + n / 1000}]

    html = edit(table, change)
    cells = re.findall(r'<td data-label="lfw" data-value="[^"]*"( class="best")?><span class="value">([\d.-]+)', html)
    assert sorted(cells) == [("", "-"), ("", "91.23"), ("", "91.33"), (' class="best"', "91.43")]


def test_losses_with_one_curve_share_a_line(table: dict[str, Any]) -> None:
    def change(document: dict[str, Any]) -> None:
        document["losses"][2]["curve"] = document["losses"][0]["curve"]

    assert re.search(r"</svg> (triplet, softmax|softmax, triplet)</li>", edit(table, change))


def test_a_table_in_which_everything_failed(table: dict[str, Any]) -> None:
    def change(document: dict[str, Any]) -> None:
        document["losses"] = document["losses"][-1:]

    html = edit(table, change)
    assert "Diverges." in html and "Most accurate" not in html and 'class="plot"' not in html


def test_odd_names_are_text(tmp_path: Path) -> None:
    made = write_table(tmp_path, (("<script>alert('1')</script> & $x_1^2$", 0.8, True, True),))
    html = render(made["folder"]).read_text("utf-8")
    assert "<script>alert" not in html and "<script>alert" in Page(html).text


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"losses": []}'])
def test_broken_tables(tmp_path: Path, content: str) -> None:
    with pytest.raises(UserError, match="not a finished table of losses"):
        read(tmp_path)
    (tmp_path / "losses.json").write_text(content)
    wrong = "Invalid JSON|expected an object|command: is missing"
    with pytest.raises(UserError, match=f"losses.json: ({wrong}).*eigen2arc compare losses"):
        read(tmp_path)


def test_points_on_the_circle_keep_their_direction() -> None:
    points = np.array([[3.0, 0.0], [0.0, -0.2], [5.0, 5.0]])
    plane = {"points": points.tolist(), "labels": [0, 1, 2], "centres": [[[0, 2], [1, 0], [0, 0]]], "on_circle": True}
    axes = plane_figure(plane).axes[0]
    drawn = np.concatenate([dots.get_offsets() for dots in axes.collections])
    assert np.allclose(np.arctan2(*drawn.T), np.arctan2(*points.T))
    assert np.allclose(np.hypot(*drawn.T), 1, atol=0.081)
    lines = [line.get_xydata()[1].tolist() for line in axes.lines if len(line.get_xydata()) == 2]
    assert lines == [[0, 1], [1, 0]]  # a centre without a direction is not drawn


def test_every_curve_is_drawn_as_it_is() -> None:
    theta, curves = list(range(181)), {"a": np.linspace(1, -1, 181).tolist(), "b": np.linspace(1, -2, 181).tolist()}
    figure = logit_figure(theta, curves, line_styles(list(curves)))
    drawn = [line.get_ydata().tolist() for line in figure.axes[0].lines]
    assert drawn[1:] == list(curves.values()) and np.allclose(drawn[0], np.cos(np.radians(theta)))


def test_forty_losses_look_different() -> None:
    made = line_styles([str(n) for n in range(36)])
    assert len({(style.color, style.dashes) for style in made.values()}) == 36
