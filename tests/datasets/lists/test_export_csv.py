"""The table beside synthesized images."""

import csv
from pathlib import Path

import numpy as np

from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.datasets.lists.export_csv import write_labels


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    face = Faces(np.array([[1, 2, 30.5, 40]]), np.ones(1), np.arange(10).reshape(1, 5, 2))
    boxed = Faces(np.array([[5, 6, 7, 8]]), np.ones(1))
    images = ArrayImages([np.zeros((4, 4, 3), np.uint8) for _ in range(3)], ("a", "b", "c"))
    factors = {"yaw, deg": np.array([0.1, np.nan, -20])}
    dataset = Dataset("x", images, ("Ada",), np.array([0, -1, 0]), (face, boxed, Faces.none()), factors=factors)
    write_labels(tmp_path / "labels.csv", dataset, ["Ada/0.png", "b.png", "Ada/2.png"])
    with (tmp_path / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["Ada/0.png", "b.png", "Ada/2.png"]
    assert [row["person"] for row in rows] == ["Ada", "", "Ada"]
    assert [row["yaw, deg"] for row in rows] == ["0.1", "", "-20"]
    assert [float(rows[0][key]) for key in ("x1", "y1", "x2", "y2")] == [1, 2, 30.5, 40]
    assert [float(rows[0][f"{name} {axis}"]) for name, axis in (("left eye", "x"), ("right mouth corner", "y"))] == [
        0,
        9,
    ]
    assert (rows[1]["x2"], rows[1]["nose x"], rows[2]["x1"]) == ("7", "", "")
