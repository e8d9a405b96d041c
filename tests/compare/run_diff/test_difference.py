"""What moved between two runs: nothing with itself, as a slow comparison says with another, never with other pairs."""

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
from rich.console import Console

from eigen2arc.compare.bundles.write import write_bundle
from eigen2arc.compare.run_diff.difference import difference, finding, shown, write_difference
from eigen2arc.compare.run_diff.sides import side
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics import people_bootstrap
from eigen2arc.core.metrics.comparison import compare, holm
from eigen2arc.core.types import Scores

from ..browser import check_every_look, check_headings, opened

MadeUp = Callable[..., Path]


def between(a: Path, b: Path) -> dict[str, Any]:
    with side(a) as before, side(b) as after:
        return json.loads(json.dumps(difference(before, after), allow_nan=False))


def main(document: dict[str, Any], task: str) -> list[dict[str, Any]]:
    return [r for s in document["systems"] for r in s["movements"] if r["task"] == task and r["main"]]


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few draws are enough where only their kind is looked at."""
    monkeypatch.setattr(people_bootstrap, "ROUNDS", 25)
    draws = people_bootstrap.draw
    monkeypatch.setattr(people_bootstrap, "draw", lambda units, rounds=25: draws(units, min(rounds, 25)))


def test_a_run_and_itself(made_up: MadeUp, tmp_path: Path) -> None:
    run = made_up()
    write_bundle(run, tmp_path / "a.bundle")
    for other in (run, tmp_path / "a.bundle"):
        document = between(run, other)
        rows = [row for system in document["systems"] for row in system["movements"]]
        assert {row["words"] for row in rows} == {"the same to the last bit"} and len(rows) > 10
        assert not document["changes"] and not any(system["changes"] for system in document["systems"])
        assert finding(document) == "6 main figures: 6 the same to the last bit."


def test_what_moved_is_what_a_comparison_by_people_says(made_up: MadeUp) -> None:
    steps = {"lbp": {"preprocessing": [{"name": "tan_triggs", "settings": {"gamma": 0.2}}]}}
    runs = made_up("a"), made_up("b", {"lbp": 2.4, "net": 2.55}, noise=1, stages=steps)
    document = between(*runs)
    lbp, net = main(document, "verification")
    assert document["systems"][0]["changes"] == [
        {"what": "preprocessing", "before": "none", "after": "tan_triggs (gamma = 0.2)"},
        {"what": "crops", "before": "0c0c0c0c", "after": "1c1c1c1c"},
    ]
    assert lbp["state"] == "moved" and re.fullmatch(r"moved by \+\d+\.\d points \(.* to .*\): not chance", lbp["words"])
    assert net["state"] == "chance" and "cannot be told from chance; about" in net["words"]
    p = []
    for row in (lbp, net):
        draws = []
        for run in runs:
            with (run / "scores.csv").open(newline="") as file:
                pairs = [one for one in csv.DictReader(file) if one["system"] == f"The {row['system']}"]
            columns = [np.array([float(one[key]) for one in pairs]) for key in ("score", "same", "fold")]
            people = [np.array([one[key] for one in pairs]) for key in ("first_person", "second_person")]
            scores = Scores(columns[0], columns[1] > 0, columns[2].astype(int))
            draws.append(people_bootstrap.verification(scores, *people, 25).accuracy)
        made = compare(draws[1], draws[0])
        assert (row["before"], row["after"]) == (draws[0].value, draws[1].value)
        assert (row["change"], row["low"], row["high"]) == pytest.approx((made.difference, made.low, made.high))
        assert row["p"] == pytest.approx(made.p) and row["units"] == 40 and row["unit"] == "people"
        assert row["people_needed"] == made.people_needed
        p.append(made.p)
    judged = [row for system in document["systems"] for row in system["movements"] if row["p_holm"] is not None]
    assert [row["p_holm"] for row in judged] == pytest.approx(holm([row["p"] for row in judged]))
    assert len(judged) == 6 and all(row["main"] for row in judged)
    others = [row for system in document["systems"] for row in system["movements"] if not row["main"]]
    assert {row["state"] for row in others} <= {"unjudged", "level"} and not any(
        "chance" in row["words"] for row in others
    )


@pytest.mark.slow
def test_the_figures_are_those_of_the_metrics(made_up: MadeUp) -> None:
    a, b = made_up("a", people=310), made_up("b", people=310, noise=1)
    document = between(a, b)
    figures = {row["metric"] for row in document["systems"][0]["movements"]}
    assert {"dir_at_fpir/1e-1", "fnmr_at_fmr/1e-1", "rank10", "recall_at_fp/50"} <= figures
    metrics = [json.loads((run / "metrics.json").read_text()) for run in (a, b)]
    for system, *entries in zip(document["systems"], *(one["systems"] for one in metrics), strict=True):
        for row in system["movements"]:
            for key, entry in zip(("before", "after"), entries, strict=True):
                value = entry[row["task"]]
                value = value["open_set"] if row["metric"].startswith("dir") else value
                for part in row["metric"].replace("accuracy", "accuracy/mean").split("/"):
                    value = value["cmc"][int(part[4:]) - 1] if re.fullmatch(r"rank\d+", part) else value[part]
                assert row[key] == pytest.approx(value, abs=1e-12), row


def test_pairs_that_only_one_has_are_left_out(made_up: MadeUp) -> None:
    document = between(made_up("a"), made_up("b", only=120, noise=1))
    assert {row["trials"] for row in main(document, "verification")} == {"120 pairs that both have, of 240 and 120"}
    rest = (document["systems"][0]["movements"], document["systems"][1]["movements"])
    assert all(row["state"] != "incomparable" for rows in rest for row in rows)


def test_what_cannot_be_compared(made_up: MadeUp, tmp_path: Path) -> None:
    run = made_up("a")
    document = between(run, made_up("b", version="b2"))
    assert {row["words"] for s in document["systems"] for row in s["movements"]} == {
        "not comparable: other images, version a1 and b2"
    }
    assert {"what": "verification: images", "before": "a1", "after": "b2"} in document["changes"]

    def changed(name: str, table: str, old: str, new: str) -> dict[str, Any]:
        shutil.copytree(run, tmp_path / name)
        path = tmp_path / name / table
        path.write_text(path.read_text().replace(old, new))
        return between(run, tmp_path / name)

    renamed = changed("c", "scores.csv", "/0.png", "/0.jpg")
    assert {row["words"] for row in main(renamed, "verification")} == {"not comparable: other pairs"}
    assert {row["state"] for row in main(renamed, "identification")} == {"same"}
    others = changed("d", "answers.csv", ".png", ".jpg")
    assert {row["words"] for row in main(others, "identification")} == {"not comparable: other probes"}
    faces = changed("e", "images.csv", "scene/0,4", "scene/0,5")
    assert "other faces in them" in main(faces, "detection")[0]["words"]
    gallery = changed("f", "metrics.json", '"gallery": 40', '"gallery": 80')
    assert "another gallery, of 40 images and of 80" in main(gallery, "identification")[0]["words"]
    folds = changed("g", "scores.csv", ",1,0,", ",1,7,")
    assert "in other folds" in main(folds, "verification")[0]["words"]


def test_scores_that_differ_and_decide_alike(made_up: MadeUp, tmp_path: Path) -> None:
    run = made_up("a", {"lbp": 1.5})
    shutil.copytree(run, tmp_path / "b")
    rows = list(csv.reader(io.StringIO((run / "scores.csv").read_text())))
    doubled = [rows[0], *([*row[:5], str(2 * float(row[5])), *row[6:]] for row in rows[1:])]
    with (tmp_path / "b/scores.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(doubled)
    (row,) = main(between(run, tmp_path / "b"), "verification")
    assert (row["words"], row["change"], row["people_needed"]) == ("scores differ, the figure does not", 0, None)


def test_systems_that_only_one_has(made_up: MadeUp) -> None:
    document = between(made_up("a", {"lbp": 1.2, "old": 1}), made_up("b", {"lbp": 1.2, "new": 1}))
    assert [system["id"] for system in document["systems"]] == ["lbp"]
    assert (document["only_before"], document["only_after"]) == (["The old"], ["The new"])


def test_the_terminal_and_the_page(made_up: MadeUp, tmp_path: Path) -> None:
    document = between(made_up("a"), made_up("b", {"lbp": 2.4, "net": 2.5, "<b>": 1}, noise=1))
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(*shown(document), sep="\n")
    text = console.export_text()
    assert "…" not in text and max(map(len, text.splitlines())) <= 80
    assert "not chance" in " ".join(text.split())
    assert "Only after" not in text and "only after: The <b>" in text
    page = write_difference(document, tmp_path / "diff")
    html = page.read_text("utf-8")
    assert (
        '<span class="name">The lbp</span>' in html
        and "The &lt;b&gt;" in html
        and "<b>: " not in html
        and "What moved, and whether it is chance" in html
    )
    assert json.loads((tmp_path / "diff/diff.json").read_text()) == document
    assert write_difference(document, tmp_path / "diff").read_bytes() == html.encode()


@pytest.mark.browser
def test_every_look(browser: Any, made_up: MadeUp, tmp_path: Path) -> None:
    document = between(made_up("a"), made_up("b", {"lbp": 2.4, "net": 2.5, "<b>": 1}, noise=1))
    with opened(browser, write_difference(document, tmp_path)) as page:
        check_headings(page)
        check_every_look(page)


def test_two_systems_of_one_name(made_up: MadeUp) -> None:
    run = made_up("a")
    path = run / "metrics.json"
    path.write_text(path.read_text().replace('"The net"', '"The lbp"'))
    with pytest.raises(UserError, match="two of its systems have one name"):
        between(run, run)
