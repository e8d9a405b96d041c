"""Cascades: the project's JSON and OpenCV's XML, loaded and run on an image."""

import json
import tempfile
from importlib.resources import files
from pathlib import Path

import numpy as np

from eigen2arc.classical.detect.cascade.formats.files import load_cascade, save_cascade
from eigen2arc.compare.fuzzing.mutation import Files, write

#: So many stages are a few kilobytes.
SHIPPED, STAGES = "frontal_cascade_20.json", 3


class Cascades:
    """One cascade a folder, run on an image."""

    def seeds(self) -> list[Files]:
        """Write the first stages of the shipped cascade in both formats."""
        shipped = json.loads(files("eigen2arc.classical.weights").joinpath(SHIPPED).read_text("utf-8"))
        first = json.dumps({**shipped, "stages": shipped["stages"][:STAGES]}, indent=1).encode()
        with tempfile.TemporaryDirectory() as made:
            folder = write({"a.json": first}, Path(made) / "input")
            save_cascade(folder / "a.xml", load_cascade(folder / "a.json"), {})
            return [{name: (folder / name).read_bytes()} for name in ("a.json", "a.xml")]

    def read(self, folder: Path) -> object:
        """Load the cascade of a folder and look for faces in noise."""
        (path,) = folder.iterdir()
        image = np.random.default_rng(0).integers(0, 256, (48, 64), dtype=np.uint8)
        return load_cascade(path).windows(image, 1.2, 0)


build = Cascades
