"""Folders of runs: metrics.json and the tables of scores, made into a page again."""

import tempfile
from pathlib import Path

import numpy as np
from rich.progress import Progress

from eigen2arc.compare.fuzzing.mutation import Files, write
from eigen2arc.compare.report.render import render
from eigen2arc.compare.runner.run import run
from eigen2arc.compare.runner.suite import load
from eigen2arc.core.image import encode

SUITE = """
title = "Small"
description = "Two systems on noise."
verification = {dataset = "folder", root = "{data_root}", pairs_per_fold = 4}

[[systems]]
name = "LBP"
detector = "fixed_box"
aligner = "box"
encoder = "lbp_histogram"
outside_data = "none"

[[systems]]
name = "HOG"
detector = "fixed_box"
aligner = "box"
encoder = "hog_grid"
outside_data = "none"
"""


PEOPLE = 20


class Reports:
    """The folder of a run; its tables and metrics are mutated."""

    def __init__(self) -> None:
        self.images: Files = {}

    def seeds(self) -> list[Files]:
        """Run a small suite and take what it wrote."""
        files = run_files()
        self.images = {name: content for name, content in files.items() if name.endswith(".jpg")}
        return [{name: content for name, content in files.items() if not name.endswith(".jpg")}]

    def read(self, folder: Path) -> object:
        """Put the images beside the tables of a folder and render the page."""
        write(self.images, folder)
        return render(folder).read_bytes()


def run_files() -> Files:
    """Run a small suite and return its metrics, tables and images."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write({"small.toml": SUITE.encode(), **_people()}, folder)
        suite = load(str(folder / "small.toml"), (), {"data_root": str(folder / "people")})
        out, silent = folder / "run", Progress(disable=True)
        run(suite, out, data_root=None, device="cpu", most=None, command="", progress=silent, fmr=0.1)
        written = [path for path in out.rglob("*.*") if path.suffix in (".json", ".csv", ".jpg")]
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in written}


def _people() -> Files:
    noise = np.random.default_rng(0).integers(0, 256, (PEOPLE, 2, 16, 16, 3), dtype=np.uint8)
    return {f"people/{p}/{n}.png": encode(noise[p, n]) for p in range(PEOPLE) for n in range(2)}


build = Reports
