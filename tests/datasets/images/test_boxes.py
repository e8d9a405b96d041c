"""Boxes in and outside of their pictures."""

from pathlib import Path

import numpy as np
from PIL import Image

from eigen2arc.core.types import Faces
from eigen2arc.datasets.images.boxes import OutsideFaces, find_outside

#: Of a picture of 640 x 480: over the border, with the middle on it and beyond it, beside it, and two corners that were
#: taken for a corner and a size.
BOXES = np.array(
    [
        [-20, -20, 60, 60],
        [600, 470, 680, 490],
        [600, 470, 682, 490],
        [690, 530, 720, 560],
        [495, 320, 495 + 512, 320 + 344],
        [np.nan, 0, 1, 1],
    ]
)
OUTSIDE = [False, False, True, True, True, True]


def test_the_middle_decides(tmp_path: Path) -> None:
    Image.new("RGB", (640, 480)).save(tmp_path / "a.jpg")
    assert find_outside(BOXES, tmp_path / "a.jpg").tolist() == OUTSIDE
    assert find_outside(np.zeros((0, 4)), tmp_path / "absent.jpg").tolist() == []
    assert not find_outside(BOXES, tmp_path / "absent.jpg").any()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (480, 640)).save(tmp_path / "turned.jpg", exif=exif)
    assert find_outside(BOXES, tmp_path / "turned.jpg").tolist() == OUTSIDE


def test_those_outside_are_ignored_and_the_first_is_named(tmp_path: Path) -> None:
    Image.new("RGB", (640, 480)).save(tmp_path / "a.jpg")
    outside = OutsideFaces()
    inside = Faces(BOXES[:2], np.ones(2))
    assert outside.ignore(inside, tmp_path / "a.jpg", str) is inside and outside.notes() == ()
    scores = np.array([1, 0, 1, 1, 1.0])
    found = outside.ignore(Faces(BOXES[:5], scores), tmp_path / "a.jpg", lambda n: f"list.txt:{n + 7}")
    assert found.scores.tolist() == [1, 0, 0, 0, 0]
    assert outside.notes() == ("boxes outside their images, to be ignored: 3, the first is list.txt:9",)
