"""Whole runs of a small suite: what is written, what a second run does, and what a kill costs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from eigen2arc.compare.runner.run import run
from eigen2arc.compare.runner.suite import load

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
    assert {p.parts[2].split("-")[0] for p in after.keys() - before.keys()} == {"fitted", "model", "scores"}


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_with_the_same_figures(suite_file: Path, tmp_path: Path) -> None:
    suite_file.write_text(WHOLE)
    reference = call(suite_file, tmp_path / "a")
    code = (
        "import sys; from eigen2arc.compare import workbench; workbench.CHUNK = 8\n"
        "from eigen2arc.compare.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "compare", str(suite_file), "--out", str(tmp_path / "b"), "--device", "cpu"]
    kills = 0
    for wanted in (2, 9, 17, 25, 30, 40):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list((tmp_path / "b").rglob("*.npz"))) < wanted:
            time.sleep(0.01)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills == 6
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "b").rglob("*.npz")}
    assert kept
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert kept.items() <= {p: p.stat().st_mtime_ns for p in (tmp_path / "b").rglob("*.npz")}.items()
    document = json.loads((tmp_path / "b" / "metrics.json").read_text())
    document["command"] = reference["command"]
    assert without_seconds(document) == without_seconds(reference)
    assert (tmp_path / "b" / "scores.csv").read_bytes() == (tmp_path / "a" / "scores.csv").read_bytes()
