"""Lists of crops with five points: what is read, and the line that is named where something is wrong."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.datasets.readers._landmark_list import read_landmark_list

ADA = "faces/Ada_0001.png 10 20 15 11 19 12 13 18 25 26"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Ada_0001", "Ada_0002", "Grace_Hopper_0001"):
        write(tmp_path / "faces" / f"{name}.png", np.full((44, 44, 3), 90, np.uint8))
    return tmp_path


def written(folder: Path, *lines: str) -> Path:
    path = folder / "train.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_points_boxes_and_people(folder: Path) -> None:
    more = [ADA.replace("Ada_0001", name) for name in ("Grace_Hopper_0001", "Ada_0002")]
    dataset = read_landmark_list(written(folder, ADA, "", *more), 2.2)
    assert dataset.people == ("Ada", "Grace_Hopper") and dataset.labels is not None and dataset.faces is not None
    assert dataset.labels.tolist() == [0, 1, 0]
    assert dataset.images[1].shape == (44, 44, 3)
    face = dataset.faces[0]
    assert face.landmarks is not None
    np.testing.assert_array_equal(face.landmarks[0], [[10, 12], [20, 13], [15, 18], [11, 25], [19, 26]])
    np.testing.assert_allclose(face.boxes[0], [12, 12, 32, 32], atol=1e-5)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("faces/Ada_0001.png 1 2 3", "train.txt:2: expected 10 numbers after the path, got 3"),
        (ADA.replace("15", "fifteen"), "train.txt:2: could not convert string to float: 'fifteen'"),
        (ADA.replace("Ada", "Bob"), r"train.txt: faces/Bob_0001.png: .*cannot be read \(No such file"),
        (ADA.replace("_0001", "_0002").replace(" 20 ", " 44 "), "point 44, 13 lies outside the image of 44 x 44"),
        (ADA.replace("_0001", "_0002").replace(" 20 ", " nan "), "point nan, 13 lies outside"),
        (ADA.replace("faces", "../faces"), "train.txt:2: expected a path below the list's folder"),
        (ADA, "lists faces/Ada_0001.png more than once"),
    ],
)
def test_a_wrong_line_is_named(folder: Path, line: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint) as error:
        read_landmark_list(written(folder, ADA, line), 2.2)
    assert "\n" not in str(error.value)


def test_an_image_that_is_none_is_named(folder: Path) -> None:
    (folder / "faces" / "Ada_0002.png").write_text("not an image")
    with pytest.raises(UserError, match=r"train.txt: faces/Ada_0002.png: .*is not an image"):
        read_landmark_list(written(folder, ADA.replace("_0001", "_0002")), 2.2)


def test_an_empty_list_and_a_missing_one(folder: Path) -> None:
    with pytest.raises(UserError, match="holds no line. Expected: PATH x1"):
        read_landmark_list(written(folder, ""), 2.2)
    with pytest.raises(UserError, match="nowhere.txt: cannot be read"):
        read_landmark_list(folder / "nowhere.txt", 2.2)
    with pytest.raises(UserError, match="at least as wide as the box"):
        read_landmark_list(written(folder, ADA), 0.5)
