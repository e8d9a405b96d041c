"""A small run whose systems are kept: what learns on the gallery, what learns elsewhere, and an identifier."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from eigen2arc.compare.runner.run import run
from eigen2arc.compare.runner.suite import load

SUITE = """
[identification]
dataset = "synthetic"
people = 6
images_per_person = 4
size_px = 64
[[systems]]
name = "Eigen"
id = "eigen"
detector = "fixed_box"
aligner = { name = "box", size_px = 32 }
encoder = { name = "eigenfaces", components = 8 }
[[systems]]
name = "Means of LBP"
id = "means"
detector = "fixed_box"
aligner = { name = "box", size_px = 32 }
preprocessing = ["gamma"]
encoder = { name = "projected", base = "lbp_histogram", projections = [{ name = "whitened_pca", components = 5 }] }
identifier = "class_mean"
[[systems]]
name = "Both"
id = "both"
detector = "fixed_box"
aligner = { name = "box", size_px = 32 }
[systems.encoder]
name = "fusion"
members = ["hog_grid", { name = "projected", base = "hog_grid", projections = ["whitened_pca"] }]
"""


def run_suite(folder: Path, text: str = SUITE) -> dict[str, Any]:
    (folder / "suite.toml").write_text(text)
    with Progress(disable=True) as progress:
        suite = load(str(folder / "suite.toml"))
        given: dict[str, Any] = {"data_root": None, "device": "cpu", "most": None, "command": "c"}
        metrics = run(suite, folder / "run", **given, progress=progress)
    made: dict[str, Any] = json.loads(metrics.read_text())
    return made


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run."""
    folder = tmp_path_factory.mktemp("kept")
    run_suite(folder)
    return folder / "run"
