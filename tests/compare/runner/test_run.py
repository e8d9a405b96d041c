"""Whole runs of a small suite: what is written, what a second run does, and what a kill costs."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.runner.run import run, samples
from eigen2arc.compare.runner.suite import load
from eigen2arc.core.image import ImageError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages

SMALL = """
title = "Small"
description = "Two classical systems on a few drawn faces."
[verification]
dataset = "synthetic"
people = 20
images_per_person = 3
seed = 5
size_px = 96
[[systems]]
name = "eigen"
detector = { name = "viola_jones", eye_cascade = "" }
aligner = { name = "box", size_px = 48 }
encoder = { name = "eigenfaces", components = 8 }
[[systems]]
name = "lbp"
detector = { name = "viola_jones", eye_cascade = "" }
aligner = { name = "box", size_px = 48 }
encoder = "lbp_histogram"
[[systems]]
name = "absent"
detector = "viola_jones"
aligner = "box"
encoder = { name = "onnx", model = "nowhere.onnx" }
needs = "nowhere.onnx"
"""


#: A staged encoder and an identifier besides, so that every kind of artefact may be what a kill strikes.
WHOLE = SMALL.replace(
    "[[systems]]",
    """
[identification]
dataset = "synthetic"
people = 20
images_per_person = 3
seed = 5
size_px = 96
[[systems]]
name = "staged"
detector = { name = "viola_jones", eye_cascade = "" }
aligner = { name = "box", size_px = 48 }
preprocessing = ["gamma"]
encoder = { name = "projected", base = "lbp_histogram", projections = [{ name = "whitened_pca", components = 8 }] }
identifier = "class_mean"
[[systems]]""",
    1,
)


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def call(suite_file: Path, out: Path, *settings: str) -> dict[str, Any]:
    with Progress(disable=True) as progress:
        path = run(
            load(str(suite_file), settings),
            out,
            data_root=None,
            device="cpu",
            most=None,
            command="eigen2arc compare small",
            progress=progress,
        )
    return json.loads(path.read_text())


def without_seconds(document: dict[str, Any]) -> dict[str, Any]:
    document = json.loads(json.dumps(document))
    for system in document["systems"]:
        for timing in system["timing"].values():
            del timing["seconds"], timing["per_second"]
    return document


def test_figures_and_what_a_second_run_does(suite_file: Path, tmp_path: Path) -> None:
    document = call(suite_file, tmp_path / "a")
    eigen, lbp = document["systems"]
    assert (eigen["name"], eigen["track"], eigen["stages"]["matcher"]["name"]) == ("eigen", "classical", "euclidean")
    assert eigen["crops_sha256"] == lbp["crops_sha256"]
    assert document["left_out"] == ["absent: there is no file nowhere.onnx"]
    for system in (eigen, lbp):
        verification = system["verification"]
        assert verification["pairs"] == document["datasets"]["verification"]["pairs"]
        assert verification["accuracy"]["mean"] > 0.55
        assert verification["auc"] > 0.6
        assert set(verification["fnmr_at_fmr"]) == {"1e-1", "1e-2", "1e-3", "1e-4"}
        assert verification["fnmr_at_fmr"]["1e-4"] == "too few impostors"
    rows = (tmp_path / "a" / "scores.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * verification["pairs"]
    kept = {p: p.read_bytes() for p in (tmp_path / "a").rglob("*") if p.is_file()}
    assert call(suite_file, tmp_path / "a") == document
    assert {p: p.read_bytes() for p in (tmp_path / "a").rglob("*") if p.is_file()} == kept


def test_only_what_changed_is_computed_again(suite_file: Path, tmp_path: Path) -> None:
    call(suite_file, tmp_path / "a")
    before = {p.relative_to(tmp_path): p.stat().st_mtime_ns for p in (tmp_path / "a" / "artefacts").rglob("*.npz")}
    call(suite_file, tmp_path / "a", "systems.eigen.encoder.components=5")
    after = {p.relative_to(tmp_path): p.stat().st_mtime_ns for p in (tmp_path / "a" / "artefacts").rglob("*.npz")}
    assert before.items() <= after.items()
    made = {p.parts[2].split("-")[0] for p in after.keys() - before.keys()}
    assert made == {"attribute", "fitted", "model", "scores", "draws"}


#: The command line in pieces of eight; where there are PIECES of them in the folder, it waits to be killed.
HELD = """
import os, sys, time
from pathlib import Path
from eigen2arc.compare.cli import main
from eigen2arc.core import artefacts
from eigen2arc.core.artefacts import Store
artefacts.CHUNK, most, arrays = 8, int(os.environ.get("PIECES", 1_000_000)), Store.arrays
def held(self, name, make):
    if len(list(Path(sys.argv[sys.argv.index("--out") + 1]).rglob("*.npz"))) >= most:
        time.sleep(600)
        raise SystemExit("nobody killed it")
    return arrays(self, name, make)
Store.arrays = held
main()
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_with_the_same_figures(suite_file: Path, tmp_path: Path) -> None:
    suite_file.write_text(WHOLE)
    reference = call(suite_file, tmp_path / "a")
    command = [sys.executable, "-c", HELD, "compare", str(suite_file), "--out", str(tmp_path / "b"), "--device", "cpu"]
    for wanted in (2, 9, 17, 25, 30, 40):
        held = {**os.environ, "PIECES": str(wanted + 3)}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=held)
        while len(list((tmp_path / "b").rglob("*.npz"))) < wanted:
            assert process.poll() is None, "it was to be killed before it ended"
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "b").rglob("*.npz")}
    assert kept
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert kept.items() <= {p: p.stat().st_mtime_ns for p in (tmp_path / "b").rglob("*.npz")}.items()
    document = json.loads((tmp_path / "b" / "metrics.json").read_text())
    document["command"] = reference["command"]
    assert without_seconds(document) == without_seconds(reference)
    assert (tmp_path / "b" / "scores.csv").read_bytes() == (tmp_path / "a" / "scores.csv").read_bytes()


def faces(*scores: float) -> Faces:
    return Faces(np.tile([1.0, 2, 8, 9], (len(scores), 1)), np.array(scores))


def dataset(*truth: Faces) -> Dataset:
    pictures = [np.full((20, 30, 3), 40 * n, np.uint8) for n in range(len(truth))]
    return Dataset("few", ArrayImages(pictures, tuple(map(str, range(len(truth))))), faces=truth)


def shown(run_dir: Path, few: Dataset, found: list[Faces]) -> list[list[float]]:
    return [[face["score"] for face in one["detections"]["a"]] for one in samples(run_dir, few, {"a": found})]


def test_of_many_detections_as_many_as_there_are_faces(tmp_path: Path) -> None:
    few = dataset(faces(1, 1), faces(1, 0), faces())
    found = [faces(0.75, 0.5, 0.25), faces(0.5, 0.125), faces(0.0625)]
    assert shown(tmp_path, few, found) == [[0.75, 0.5], [0.5]]
    assert [len(one["truth"]) for one in samples(tmp_path, few, {})] == [2, 1]


def test_of_few_detections_all(tmp_path: Path) -> None:
    few = dataset(faces(1, 1), faces(1), faces())  # the last is not among the samples
    assert shown(tmp_path, few, [faces(0.5), faces(0.125), faces(0.25)]) == [[0.5], [0.125]]


def test_all_where_the_faces_are_not_known(tmp_path: Path) -> None:
    pictures = ArrayImages([np.zeros((9, 9, 3), np.uint8)], ("0",))
    assert shown(tmp_path, Dataset("none", pictures), [faces(0.5, 0.25)]) == [[0.5, 0.25]]


def test_an_image_that_cannot_be_read_is_not_shown(tmp_path: Path) -> None:
    class Broken(ArrayImages):
        def __getitem__(self, index: int) -> np.ndarray:
            if index == 1:
                raise ImageError("1: is damaged")
            return super().__getitem__(index)

    few = dataset(faces(1), faces(1), faces(1), faces(1))
    broken = replace(few, images=Broken([few.images[i] for i in range(4)], few.images.names))
    found = [faces(0.5), faces(), faces(0.25), faces(0.125)]
    assert [one["image"] for one in samples(tmp_path, few, {"a": found})] == ["0", "1", "2"]
    assert [one["image"] for one in samples(tmp_path, broken, {"a": found})] == ["0", "2"]
