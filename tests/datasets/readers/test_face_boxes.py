"""Your own pictures with boxes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.face_boxes import build

POINTS = " ".join(f"{x} {y} 0" for x, y in ((3, 3), (7, 3), (5, 5), (3, 8), (7, 8)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for split in ("train", "test"):
        for name in ("a.jpg", "b/c.png"):
            path = tmp_path / split / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (12, 10)).save(path)
        (tmp_path / split / "label.txt").write_text(f"# a.jpg\n1 1 9 9 {POINTS} 0.5\n2 2 3 3\n# b/c.png\n")
    return tmp_path


def test_reading(root: Path) -> None:
    train = build(root=root, least_face_px=4)
    assert train.images.names == ("images/a.jpg", "images/b/c.png")
    assert train.faces is not None and list(map(len, train.faces)) == [2, 0]
    assert train.faces[0].boxes.tolist() == [[1, 1, 10, 10], [2, 2, 5, 5]]
    assert train.faces[0].scores.tolist() == [1, 0]
    points = train.faces[0].landmarks
    assert points is not None and points[0].tolist() == [[3, 3], [7, 3], [5, 5], [3, 8], [7, 8]]
    assert np.isnan(points[1]).all()
    assert train.protocol == (
        "face_boxes train: 2 images, 1 faces of 4 px and more, 1 with five points, 1 to be ignored"
    )
    assert len(build(root=root, split="test").images) == 2


def test_what_is_wrong_is_said(root: Path) -> None:
    with pytest.raises(UserError, match="val: no such folder"):
        build(root=root, split="val")
    (root / "train/images/b/c.png").unlink()
    with pytest.raises(UserError, match=r"label.txt:4: there is no .*c.png"):
        build(root=root)
    (root / "train/label.txt").unlink()
    with pytest.raises(UserError, match="label.txt: cannot be read"):
        build(root=root)


@pytest.mark.parametrize(
    ("text", "line", "box"),
    [
        ("# a.jpg\n\n7 5 12 9\n1 1 3 3\n# b/c.png\n", 3, "7 5 12 9"),
        ("# b/c.png\n# a.jpg\n-2 -2 8 8\n10 8 4 4.5\n", 4, "10 8 4 4.5"),
        ("# b/c.png\n20 30 5 5\n", 2, "20 30 5 5"),
    ],
)
def test_a_box_that_is_not_in_its_picture(root: Path, text: str, line: int, box: str) -> None:
    (root / "train/label.txt").write_text(text)
    with pytest.raises(
        UserError, match=rf"label.txt:{line}: the middle of the box {box} lies outside of .*12 x 10"
    ) as e:
        build(root=root)
    assert "\n" not in str(e.value)


def test_an_image_that_cannot_be_read_is_left_for_later(root: Path) -> None:
    (root / "train/images/a.jpg").write_bytes(b"no image")
    assert len(build(root=root).images) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_list_of_windows(root: Path, encoding: str) -> None:
    labels = root / "train/label.txt"
    expected = build(root=root)
    labels.write_bytes(labels.read_text().replace("\n", "\r\n").encode(encoding))
    mine = build(root=root)
    assert mine.images.names == expected.images.names and mine.protocol == expected.protocol
