"""The page that a made-up run gives: what stands in it, what is left out, and that it needs nothing but itself."""

import json
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

from eigen2arc.compare.report.page_script import page_script
from eigen2arc.compare.report.plots import alike, factor_figure
from eigen2arc.compare.report.render import render, seconds
from eigen2arc.compare.report.style import line_styles, widened
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.intervals import wilson

MakeRun = Callable[..., Path]
SECTIONS = {"comparisons", "curves", "scores", "found", "factors", "samples", "errors", "time", "made", "systems"}
SECTIONS |= {"threshold", "near", "answers"}
EMPTY_TAGS = {"meta", "link", "img", "br", "input"}


class Page(HTMLParser):
    """Collects what the tests ask about, and scripts and their data by themselves; fails on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in EMPTY_TAGS:
            self.open.append(tag)
        for key, value in attrs:
            if key == "id":
                self.ids.append(value or "")
            if key in ("src", "href", "xlink:href"):
                self.addresses.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY_TAGS:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        else:
            self.text += data


def sections(html: str) -> set[str]:
    return set(re.findall(r'id="(\w+)-title"', html))


@pytest.mark.usefixtures("drawn")
def test_a_full_run_shows_every_section(make_run: MakeRun) -> None:
    folder = make_run()
    html = render(folder).read_text("utf-8")
    assert sections(html) == SECTIONS
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    own = {f"#{name}" for name in page.ids}
    assert all(address.startswith("data:") or address in own for address in page.addresses)
    assert set(re.findall(r"url\((.*?)\)", html)) <= own
    document = json.loads((folder / "metrics.json").read_text())
    for system in document["systems"]:
        assert f"{100 * system['verification']['accuracy']['mean']:.2f}" in page.text
        assert system["crops_sha256"][:8] in page.text
    for text in (document["command"], "30 / FMR", "FDDB's discrete score", "no file weights/model.onnx"):
        assert text in page.text


@pytest.mark.usefixtures("drawn")
def test_detection_metrics_name_their_rules(make_run: MakeRun) -> None:
    folder = make_run(("detection",), (("a", "deep", 3.0), ("other", "classical", 1.0)))
    page = Page(render(folder).read_text("utf-8"))
    document = json.loads((folder / "metrics.json").read_text())
    for system in document["systems"]:
        assert system["detection"]["test_scale"] in page.text
        assert f"{100 * system['detection']['continuous_recall_at_fp']['100']:.2f}" in page.text
    for text in ("AP easy", "AP medium", "90.00", "continuous at 100 FP", "ellipses' bounding boxes", "test scale"):
        assert text in page.text
    assert "AP hard" not in page.text  # no system has a value for it
    assert {"recall-figure_1", "continuous-figure_1"} <= set(page.ids)


@pytest.mark.parametrize(
    ("task", "shown"),
    [
        ("detection", {"found", "samples"}),
        ("identification", {"found", "answers", "samples"}),
        ("verification", {"threshold", "curves", "scores", "near", "errors", "samples"}),
    ],
)
def test_sections_that_do_not_apply_are_left_out(make_run: MakeRun, task: str, shown: set[str]) -> None:
    html = render(make_run((task,))).read_text("utf-8")
    assert sections(html) == shown | {"systems", "comparisons", "time", "made"}
    assert ("byte-identical crops" in html) == (task != "detection")


@pytest.mark.usefixtures("drawn")
def test_the_same_folder_gives_the_same_bytes(make_run: MakeRun) -> None:
    folder = make_run(systems=(("a", "deep", 3.0), ("b", "classical", 1.0)))
    first = render(folder).read_bytes()
    code = "import sys; from eigen2arc.compare.report.render import render; render(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, env={**os.environ, "PYTHONHASHSEED": "5"})
    assert (folder / "report.html").read_bytes() == first


def test_no_model_is_loaded() -> None:
    code = (
        "import sys\nimport eigen2arc.compare.report.render\n"
        "heavy = {'torch', 'numba', 'sklearn', 'onnxruntime'} & set(sys.modules)\nassert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("count", [1, pytest.param(12, marks=pytest.mark.slow)])
def test_one_to_twelve_systems_with_odd_names(make_run: MakeRun, count: int) -> None:
    odd = ["<script>alert('1')</script> & \"Söhne\" $x_1^2$", "a\\b%s{{ 7 * 6 }}", "</svg>", "名前"]
    names = [f"{odd[n % 4]} {n}" for n in range(count)]
    tracks = ("classical", "deep", "mixed")
    html = render(make_run(systems=tuple((name, tracks[n % 3], 1 + n / 4) for n, name in enumerate(names)))).read_text()
    page = Page(html)
    assert "<script>alert" not in html and page.scripts[-1] == page_script()
    assert all(name in page.text for name in names)
    assert ('class="best"' in html) == (count > 1)


def test_values_that_print_alike_are_both_best(make_run: MakeRun) -> None:
    folder = make_run(("identification",), (("a", "deep", 9.0), ("b", "classical", 9.0), ("c", "mixed", 0.1)))
    # In the table on the first screen, and in the one that has all columns.
    assert len(re.findall(r'<td data-label="rank-1" data-value="[^"]*" class="best">', render(folder).read_text())) == 4


def test_one_fold_is_said_to_be_in_sample(make_run: MakeRun) -> None:
    def single_fold(document: dict[str, Any]) -> None:
        for system in document["systems"]:
            system["verification"]["threshold"]["in_sample"] = True

    folder = make_run(("verification",))
    assert "One fold only" not in render(folder).read_text()
    change(folder, single_fold)
    assert "One fold only" in render(folder).read_text()


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads((folder / "metrics.json").read_text())
    edit(document)
    (folder / "metrics.json").write_text(json.dumps(document))


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no metrics.json. Run it again: eigen2arc compare"):
        render(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"systems": []}', '{"systems": [3]}', "\udcff"])
def test_broken_metrics(tmp_path: Path, content: str) -> None:
    (tmp_path / "metrics.json").write_bytes(content.encode(errors="surrogateescape"))
    wrong = "Invalid JSON|expected an object|format: is missing"
    with pytest.raises(UserError, match=f"metrics.json: ({wrong}).*eigen2arc compare"):
        render(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_a_missing_part_is_named(make_run: MakeRun) -> None:
    folder = make_run(("detection",))
    change(folder, lambda document: document["systems"][1].pop("timing"))
    with pytest.raises(UserError, match=r"metrics.json: systems.1.timing: is missing. Run it again: eigen2arc compare"):
        render(folder)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("systems", [], "systems: List should have at least 1 item"),
        ("systems", [3], "systems.0: expected an object, got 3"),
        ("versions", {"python": 3.11}, "versions.python: expected a valid string, got 3.11"),
        ("hardware", None, "hardware: expected an object, got None"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(make_run: MakeRun, key: str, value: object, message: str) -> None:
    folder = make_run(("detection",))
    change(folder, lambda document: document.update({key: value}))
    with pytest.raises(UserError, match=f"metrics.json: {message}"):
        render(folder)


@pytest.mark.parametrize("damage", ["system,first\na,b\n", "system,score,same,fold\na,x,1,0\n", "system,score\na"])
def test_a_broken_table(make_run: MakeRun, damage: str) -> None:
    folder = make_run(("verification",))
    (folder / "scores.csv").write_text(damage)
    with pytest.raises(UserError, match="scores.csv is broken"):
        render(folder)


def test_images_come_from_the_run_only(make_run: MakeRun) -> None:
    folder = make_run(("identification",))
    change(folder, lambda document: document["samples"][0].update(picture="../../secret.jpg"))
    with pytest.raises(UserError, match="names an image outside the run"):
        render(folder)
    change(folder, lambda document: document["samples"][0].update(picture="pictures/lost.jpg"))
    with pytest.raises(UserError, match="an image of the run cannot be read"):
        render(folder)


def test_seconds_are_printed_with_three_digits() -> None:
    assert [seconds(v) for v in (0.004, 1.234, 12.34, 123.4, 12345.6)] == ["0.00", "1.23", "12.3", "123", "12,346"]


BESIDE = {"figure": "error", "published": 0.073, "ours": 0.0312, "difference": -0.0418, "source": "table <1>"}


def test_published_results_are_shown_with_ours(make_run: MakeRun) -> None:
    def publish(document: dict[str, Any]) -> None:
        first, second = document["systems"][:2]
        first["beside"] = {**BESIDE, "differs": "another crop"}
        second["beside"] = {**BESIDE, "figure": "rank1", "differs": "other people"}

    folder = make_run(("identification",))
    assert "published" not in sections(render(folder).read_text("utf-8"))
    change(folder, publish)
    html = render(folder).read_text("utf-8")
    page = Page(html)
    assert "published" in sections(html)
    for text in ("7.30", "3.12", "\u22124.18", "table <1>", "another crop", "other people", "rank-1"):
        assert text in page.text
    # The same difference is good for an error and bad for a rate of recognition.
    assert html.count('class="value better"') == html.count('class="value worse"') == 1


def test_what_was_learned_from_is_said_and_explained_once(make_run: MakeRun) -> None:
    folder = make_run(("verification",))
    html = render(folder).read_text("utf-8")
    assert html.count("<b>unsupervised, label-free outside data</b> (detector: WIDER FACE, CelebA)") == 5
    assert html.count("<b>Unsupervised</b>: no label at all") == 1
    assert "Unrestricted" not in html and "is chosen on the other folds" in html
    change(folder, lambda document: [system.pop("learning") for system in document["systems"]])
    html = render(folder).read_text("utf-8")
    assert "LFW's words" not in html and "outside data: detector: WIDER FACE" in html


def test_metrics_have_their_intervals(make_run: MakeRun) -> None:
    def widen(document: dict[str, Any]) -> None:
        for system in document["systems"]:
            system["identification"]["intervals"]["rank1"] = {"low": 0.9, "high": 0.92}

    folder = make_run(("identification",))
    text = changed(folder, widen)
    assert "90.0 to 92.0" in text and "resampling the 30 people of identification" in text


def test_a_run_of_another_format_is_to_be_made_again(make_run: MakeRun) -> None:
    folder = make_run(("identification",))
    change(folder, lambda document: document.update(format=1))
    with pytest.raises(UserError, match=r"metrics.json: format: .*Run it again"):
        render(folder)


def test_all_stages_are_shown(make_run: MakeRun) -> None:
    def add(document: dict[str, Any]) -> None:
        stages = document["systems"][0]["stages"]
        stages["preprocessing"] = [{"name": "log", "settings": {}}, {"name": "gamma", "settings": {"gamma": 0.5}}]
        chain = ["square_root", {"name": "whitened_pca", "components": 400}]
        stages["encoder"] = {"name": "projected", "settings": {"base": "lbp_histogram", "projections": chain}}
        stages["identifier"] = {"name": "linear_svm", "settings": {"c": 2.0}}

    folder = make_run(("identification",))
    assert "preprocessing" not in Page(render(folder).read_text("utf-8")).text
    change(folder, add)
    text = Page(render(folder).read_text("utf-8")).text
    for words in (
        "viola_jones → five_point → log → gamma → projected (lbp_histogram → square_root → whitened_pca) → cosine",
        "projections = square_root → whitened_pca (components = 400)",
        "→ linear_svm",
        "c = 2.0",
    ):
        assert words in text


def test_faces_not_found_are_shown_without_a_crop_hash(make_run: MakeRun) -> None:
    folder = make_run(("identification",))
    change(folder, lambda document: [system.pop("crops_sha256") for system in document["systems"]])
    html = render(folder).read_text("utf-8")
    assert html.count('<td data-label="not found" data-value="2"><span class="value">2 <span class="spread">') == 5
    assert 'data-label="crops"' not in html


def test_which_face_an_image_is_about_stands_beside_the_protocol(make_run: MakeRun) -> None:
    folder = make_run(("identification",))
    policy = {"on_missing": "skip", "choose": "largest"}
    change(folder, lambda document: [dataset.update(policy) for dataset in document["datasets"].values()])
    text = " ".join(Page(render(folder).read_text("utf-8")).text.split())
    assert "two of them; of several faces the largest, images without one are left out; version" in text


def changed(folder: Path, edit: Callable[[Any], None]) -> str:
    """The text of the page of a run whose metrics.json was edited."""
    change(folder, edit)
    return " ".join(Page(render(folder).read_text("utf-8")).text.split())


def test_a_limit_is_told_before_all_else(make_run: MakeRun) -> None:
    def limited(metrics: Any) -> None:
        said = {"limited": "300 of 6,000 pairs", "tested": "300 pairs in 10 folds"}
        metrics["datasets"]["verification"] |= said | {"protocol": "evenly chosen from lfw"}

    folder = make_run(("verification",))
    assert "Not the whole set" not in render(folder).read_text("utf-8")
    text = changed(folder, limited)
    banner = text.index("Not the whole set. Tested: verification, 300 of 6,000 pairs")
    assert banner < text.index("from pixels to a decision")
    assert "on synthetic: 300 pairs in 10 folds; evenly chosen from lfw;" in text


def test_small_print_is_explained_where_it_stands(make_run: MakeRun) -> None:
    text = " ".join(Page(render(make_run()).read_text("utf-8")).text.split())
    assert "± the standard deviation over the 10 folds" in text and "by the root of 10, a factor of 3.2" in text
    assert "A system's track is its encoder's" in text
    assert "Every point rests on 80 pairs; the pale band is its 95 % interval" in text
    assert "answers.csv, whom each probe was taken for" in text and "networks on cpu" in text


def test_a_detector_that_stops_says_so(make_run: MakeRun) -> None:
    def stops(metrics: Any) -> None:
        for system in metrics["systems"]:
            system["detection"] |= {"false_positives": 24}

    folder = make_run(("detection",))
    text = changed(folder, stops)
    assert text.count("stops at 24") >= 3 * 5  # at 50, 100 and 200 false positives, not at 10
    assert "at its lowest threshold; what it would find with more is not known" in text
    assert "of 320 faces at 24 false positives" in text


def test_what_nobody_states_is_said_to_be_unknown(make_run: MakeRun) -> None:
    def unknown(metrics: Any) -> None:
        metrics["systems"][0]["learning"] = {"setting": "unknown: stated by nobody", "outside": ""}

    text = changed(make_run(("verification",)), unknown)
    assert "unknown: stated by nobody (detector: WIDER FACE" in text
    assert "neither the encoder nor the suite says what it was trained with" in text


def test_lines_that_hide_each_other_are_told_apart() -> None:
    x = np.arange(20.0)
    flat, rising = np.full(20, 0.8), np.linspace(0, 1, 20)
    courses = {"a": (x, flat), "b": (x, rising), "c": (x, flat + 0.002), "d": (x, np.where(x < 12, 0.8, 0.1))}
    assert alike(courses) == [["a", "c", "d"]]
    assert (
        alike({"a": (x, flat), "b": (x, rising)}) == [] == alike({"a": (x, rising), "b": (x, flat)}, logarithmic=True)
    )
    styles = line_styles([{"name": name, "track": "deep"} for name in courses])
    made = widened(styles, alike(courses))
    widths = [made[name].kwargs["linewidth"] for name in ("a", "c", "d")]
    assert widths == sorted(widths, reverse=True) and len(set(widths)) == 3
    assert made["b"] == styles["b"] and made["d"] == styles["d"]


def test_a_factors_band_is_wilsons_interval() -> None:
    points = [{"level": n, "accuracy": a, "pairs": 32, "not_found": 0} for n, a in enumerate((1.0, 0.75, 0.5))]
    figure = factor_figure("blur_px", {"a": points}, line_styles([{"name": "a", "track": "deep"}]))
    drawn = figure.axes[0].collections[0].get_paths()[0].vertices
    for n, right in enumerate((32, 24, 16)):
        ends = drawn[drawn[:, 0] == n][:, 1]
        assert (ends.min(), ends.max()) == pytest.approx(wilson(right, 32))
