"""`eigen2arc compare mine`: a run on drawn photos whose figures are those of slow loops, plans, and small folders."""

import csv
import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from eigen2arc.compare.commands.compare import app
from eigen2arc.core.artefacts import read_arrays
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.core.plugins import build

#: Drawn faces to learn from, few enough for a test.
FAST = ("--set", "fit.people=12", "--set", "fit.images_per_person=2")

SYSTEMS = ("Eigenfaces", "Fisherfaces", "LBP histograms", "MobileFaceNet, synthetic faces")


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(app, ["mine", *map(str, arguments)], env={"EIGEN2ARC_DATA": None, "COLUMNS": "160"})
    if result.exception is not None and not isinstance(result.exception, SystemExit | UserError):
        raise result.exception
    return result


def draw(folder: Path, images: list[int], seed: int = 5) -> Path:
    """Write so many drawn images of each person."""
    dataset = build("dataset", "synthetic", people=len(images), images_per_person=max(images), seed=seed)
    for person, count in enumerate(images):
        for number in range(count):
            image = dataset.images[person * max(images) + number]
            write(folder / f"person {person}" / f"{number}.png", image)
    return folder


def test_a_plan_needs_no_photos(tmp_path: Path) -> None:
    result = call("--plan", "--fmr", "1e-2")
    assert result.exit_code == 0 and "threshold, FMR 1 %" in result.output and "measured on LFW" in result.output
    made = json.loads(call("--plan", "--fmr", "1e-3", "--difference", "5", "--json").output)
    assert (made["fmr"], made["difference"]) == (1e-3, 0.05)
    assert [one["needed"][0]["photos"] for one in made["plans"]] == [2, 2]


def test_what_cannot_be_done_is_a_line(tmp_path: Path) -> None:
    assert "say which photos: --photos FOLDER" in str(call().exception)
    fixed = call("--photos", "x", "--set", "verification.pairs_per_fold=4")
    assert "pairs and rounds are made of --photos" in str(fixed.exception)
    inside = call("--photos", tmp_path, "--out", tmp_path / "run")
    assert "lies in the folder of the photos" in str(inside.exception)
    missing = call("--photos", tmp_path / "no", "--out", tmp_path / "run")
    assert "no: no such folder" in str(missing.exception)


@pytest.mark.slow
@pytest.mark.parametrize(("images", "problem"), [([1, 1], "each person has only one"), ([3], "there is 1")])
def test_folders_without_pairs_end_in_plain_words(tmp_path: Path, images: list[int], problem: str) -> None:
    result = call("--photos", draw(tmp_path / "photos", images), "--out", tmp_path / "run", *FAST)
    assert "nothing can be tested on these photos: " in str(result.exception) and problem in str(result.exception)
    assert "compare mine --plan" in str(result.exception) and " can be used" in result.output


@pytest.mark.slow
def test_the_smallest_folder_has_a_report(tmp_path: Path) -> None:
    result = call("--photos", draw(tmp_path / "photos", [2, 1]), "--out", tmp_path / "run", *FAST)
    assert result.exit_code == 0, result.output
    assert "No threshold can be recommended for 1 %. Too few people" in result.output and "report: " in result.output
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "Which threshold to use" in page and "2 people are too few for any rate" in page


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run on eight drawn people and six strangers, and what it printed."""
    folder = tmp_path_factory.mktemp("mine")
    draw(folder / "photos", [5, 5, 4, 4, 3, 3, 2, 1])
    draw(folder / "others", [1] * 6, seed=77)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eigen2arc.core.metrics.open_set.ERRORS_NEEDED", 1)  # ten strangers decide a threshold
        patch.setattr("matplotlib.figure.Figure.savefig", lambda _, file, **__: file.write('<svg viewBox="0 0 1 1"/>'))
        words = ("--photos", folder / "photos", "--strangers", folder / "others", "--out", folder / "run")
        result = call(*words, "--fmr", "0.1", *FAST)
    assert result.exit_code == 0, result.output
    return folder / "run", result.output


def rows(path: Path, system: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["system"] == system]


def systems(folder: Path) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in json.loads((folder / "metrics.json").read_text("utf-8"))["systems"]}


@pytest.mark.slow
def test_both_tracks_are_run_and_the_threshold_is_printed(run: tuple[Path, str]) -> None:
    folder, output = run
    assert set(SYSTEMS) <= set(systems(folder))
    assert "Use threshold " in output and "FMR" not in output.partition("Use threshold ")[2].partition("\n")[0]
    document = json.loads((folder / "metrics.json").read_text("utf-8"))
    assert document["photos"]["people"] == 8 and 1 <= document["photos"]["strangers"] <= 6
    assert {one["learning"]["setting"] for one in document["systems"]} >= {"unsupervised", "unrestricted"}
    versions = {data["version"] for data in document["datasets"].values()}
    assert len(versions) == 1 and document["photos"]["version"] in versions  # one pass of detection for all


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_accuracy_is_that_of_the_best_thresholds_of_the_other_folds(run: tuple[Path, str], name: str) -> None:
    pairs = [(int(row["fold"]), int(row["same"]), float(row["score"])) for row in rows(run[0] / "scores.csv", name)]
    shares = []
    for fold in sorted({one[0] for one in pairs}):
        others = [one for one in pairs if one[0] != fold]
        levels = sorted({score for _, _, score in others})
        # Between two scores all thresholds decide alike: of the best ones the middle of the widest gap is taken.
        candidates = [((a + b) / 2, b - a) for a, b in pairwise(levels)]
        right = [sum((score >= t) == same for _, same, score in others) for t, _ in candidates]
        best = max(range(len(candidates)), key=lambda i: (right[i], candidates[i][1]))
        tested = [one for one in pairs if one[0] == fold]
        shares.append(np.mean([(score >= candidates[best][0]) == same for _, same, score in tested]))
    verified = systems(run[0])[name]["verification"]
    assert verified["accuracy"]["folds"] == pytest.approx(shares)


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_open_set_rates_are_those_of_the_answers(run: tuple[Path, str], name: str) -> None:
    rounds = defaultdict(list)
    for row in rows(run[0] / "answers.csv", name):
        rounds[row["round"]].append(row)
    ranked, named = [], []
    for of_round in rounds.values():
        strangers = sorted((float(row["score"]) for row in of_round if row["right"] == ""), reverse=True)
        mated = [row for row in of_round if row["right"] != ""]
        allowed = int(0.1 * len(strangers) + 1e-9)
        hits = [row["right"] == "1" and float(row["score"]) > strangers[allowed] for row in mated]
        named.append(np.mean(hits))
        ranked.append(np.mean([row["right"] == "1" for row in mated]))
    found = systems(run[0])[name]["identification"]
    assert len(rounds) == 10 and found["rank1"] == pytest.approx(np.mean(ranked))
    assert found["open_set"]["dir_at_fpir"]["1e-1"] == pytest.approx(np.mean(named))


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_the_threshold_is_that_of_all_pairs_of_vectors(run: tuple[Path, str], name: str) -> None:
    found = systems(run[0])[name]["verification"]["recommended"]
    matches = [read_arrays(path, path.stem) for path in (run[0] / "artefacts").glob("all-pairs-*")]
    used = {row[side] for row in rows(run[0] / "scores.csv", name) for side in ("first", "second")}
    used |= {row["probe"] for row in rows(run[0] / "answers.csv", name)}
    person = [one.rpartition("/")[0] for one in sorted(used, key=lambda one: (one.startswith("others"), one))]
    assert len(matches) == len(systems(run[0])) and found["images"] == len(person) >= 27 and found["unknown"] == 0
    agree = []
    for score in (one["score"] for one in matches):
        pairs = [(i, j) for i in range(len(person)) for j in range(i + 1, len(person))]
        impostor = sorted((float(score[i, j]) for i, j in pairs if person[i] != person[j]), reverse=True)
        genuine = [float(score[i, j]) for i, j in pairs if person[i] == person[j]]
        accepted = int(0.1 * len(impostor))
        assert len(impostor) == found["pairs"]
        inside = impostor[accepted] < found["threshold"] <= impostor[accepted - 1]
        refused = np.mean([one < found["threshold"] for one in genuine])
        agree.append(inside and found["fnmr"]["value"] == pytest.approx(refused))
    assert agree.count(True) == 1


@pytest.mark.slow
def test_the_same_run_again_gives_the_same_bytes(run: tuple[Path, str]) -> None:
    folder, _ = run
    before = (folder / "metrics.json").read_bytes()
    words = ("--photos", folder.parent / "photos", "--strangers", folder.parent / "others", "--out", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eigen2arc.core.metrics.open_set.ERRORS_NEEDED", 1)
        patch.setattr("matplotlib.figure.Figure.savefig", lambda _, file, **__: file.write('<svg viewBox="0 0 1 1"/>'))
        assert call(*words, "--fmr", "0.1", "--plan", *FAST).exit_code == 0
    assert (folder / "metrics.json").read_bytes() == before
