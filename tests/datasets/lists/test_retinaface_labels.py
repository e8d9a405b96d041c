"""Labels of faces: what a line says, and errors that name file and line."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.lists.retinaface_labels import read_labels, to_faces, with_all_points

KNOWN = "449 330 122 149 488.9 373.6 0.0 542.1 376.4 0.0 515.0 412.8 1.0 485.2 425.9 0.0 538.4 431.5 0.0 0.82"
UNKNOWN = "10 20 5 6 " + "-1 -1 -1 " * 5 + "0.1"
BESIDE = "0 0 40 40 -3.5 10 0 30 10 0 20 -1 0 10 30 0 -1 -1 -1 0.5"
TEXT = f"# 0--Parade/a b.jpg\n{KNOWN}\n{UNKNOWN}\n\n# empty.jpg\n# plain.jpg\n1 2 3 4\n{BESIDE}\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "label.txt"
    path.write_text(text)
    return path


def test_lines_with_points_without_and_images_without_faces(tmp_path: Path) -> None:
    first, empty, plain = read_labels(write(tmp_path, TEXT))
    assert [(image.name, image.line) for image in (first, empty, plain)] == [
        ("0--Parade/a b.jpg", 1),
        ("empty.jpg", 5),
        ("plain.jpg", 6),
    ]
    assert first.boxes.tolist() == [[449, 330, 122, 149], [10, 20, 5, 6]]
    assert first.points[0].tolist() == [[488.9, 373.6], [542.1, 376.4], [515.0, 412.8], [485.2, 425.9], [538.4, 431.5]]
    assert np.isnan(first.points[1]).all()
    assert empty.boxes.shape == (0, 4) and empty.points.shape == (0, 5, 2)
    assert np.isnan(plain.points[0]).all()
    # A point outside the picture is known, one with a negative flag is not.
    assert plain.points[1, 0].tolist() == [-3.5, 10] and plain.points[1, 2].tolist() == [20, -1]
    assert np.isnan(plain.points[1]).any(axis=1).tolist() == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3 4\n", r"label.txt:1: a face before the first"),
        ("# a.jpg\n1 2 3\n", r"label.txt:2: expected 4 or 20 numbers, got '1 2 3'"),
        ("# a.jpg\n1 2 3 4\n1 2 x 4\n", r"label.txt:3: expected 4 or 20 numbers"),
        ("# a.jpg\n1 2 nan 4\n", r"label.txt:2: expected 4 or 20 numbers"),
        (f"# a.jpg\n1 2 3 {'2' * 50}\n", r"label.txt:2: expected 4 or 20 numbers"),
        (f"# a.jpg\n{KNOWN} 1\n", r"label.txt:2: expected 4 or 20"),
        ("# a.jpg\n# b.jpg\n# a.jpg\n", r"label.txt:3: a.jpg stands in line 1 already"),
        ("# ../a.jpg\n", r"label.txt:1: expected a path below"),
        ("# /a.jpg\n", r"label.txt:1: expected a path below"),
        (f"# {'a' * 300}.jpg\n", r"label.txt:1: no file has so long a name"),
        (f"# {'a/' * 1500}b.jpg\n", r"label.txt:1: no file has so long a name"),
        ("# a\0b.jpg\n", r"label.txt"),
        ("# \n", r"label.txt:1: expected a path below"),
        ("#" + 5000 * " " + "\n# b\n# a\0b", r"label.txt:1: expected a path below"),
        ("\n", r"label.txt: names no image"),
    ],
)
def test_broken_labels(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_labels(write(tmp_path, text))


def test_what_is_to_be_ignored() -> None:
    boxes = np.array([[1, 2, 10, 20], [1, 2, 4, 20], [1, 2, 0, 20], [5, 6, -3, 8], [1, 2, 10, 20.0]])
    points = np.zeros((5, 5, 2))
    points[0, 3] = np.nan
    faces = to_faces(boxes, points, np.array([True, True, True, True, False]), 5)
    assert faces.scores.tolist() == [1, 0, 0, 0, 0]
    assert faces.boxes[[0, 3]].tolist() == [[1, 2, 11, 22], [5, 6, 5, 14]]
    assert to_faces(boxes, None, np.ones(5, bool), 0).scores.tolist() == [1, 1, 0, 0, 1]
    # Only the last of those that count has all points.
    assert with_all_points(to_faces(boxes, points, np.ones(5, bool), 5)) == 1
    assert with_all_points(to_faces(boxes, None, np.ones(5, bool), 5)) == 0
