"""FDDB: ellipses, their boxes, folds, missing images."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.datasets.readers.fddb import bounding_boxes, build, read_ellipses

FOLD_1 = """2002/07/19/big/img_1
2
30.0 20.0 1.5707963 50.0 40.0  1
10.0 10.0 0.3 90.0 90.0  1
2002/07/19/big/img_gone
1
30.0 20.0 0 50.0 40.0  1
"""
FOLD_2 = "2002/07/20/big/img_2\n1\n30.0 20.0 0 50.0 40.0  1\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("2002/07/19/big/img_1", "2002/07/20/big/img_2"):
        path = tmp_path / "fddb/originalPics" / f"{name}.jpg"
        path.parent.mkdir(parents=True)
        Image.new("RGB", (100, 100)).save(path)
    lists = tmp_path / "fddb/FDDB-folds"
    lists.mkdir()
    (lists / "FDDB-fold-01-ellipseList.txt").write_text(FOLD_1)
    (lists / "FDDB-fold-02-ellipseList.txt").write_text(FOLD_2)
    return tmp_path


axis = st.floats(1, 300)


@given(axis, axis, st.floats(-math.pi, math.pi), st.floats(-50, 500), st.floats(-50, 500))
def test_the_box_is_the_tightest_around_points_of_the_ellipse(a: float, b: float, t: float, x: float, y: float) -> None:
    u = np.linspace(0, 2 * math.pi, 20001)
    points = np.stack([a * np.cos(u), b * np.sin(u)])
    turned = np.array([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]]) @ points + [[x], [y]]
    expected = [*turned.min(axis=1), *turned.max(axis=1)]
    # Between two of 20,001 samples an extremum is missed by at most max(a, b) * (pi / 20000)^2 / 2.
    assert np.allclose(bounding_boxes(np.array([[a, b, t, x, y]]))[0], expected, rtol=0, atol=1e-5)


def test_no_ellipse_no_box() -> None:
    assert bounding_boxes(np.zeros((0, 5))).shape == (0, 4)


def test_reading(root: Path) -> None:
    fddb = build(root=root)
    assert fddb.images.names == ("originalPics/2002/07/19/big/img_1.jpg", "originalPics/2002/07/20/big/img_2.jpg")
    assert fddb.faces is not None and fddb.fold is not None
    # The first ellipse stands upright, so its long half axis of 30 goes up and down.
    assert np.allclose(fddb.faces[0].boxes, [[30, 10, 70, 70], [80, 80, 100, 100]], atol=1e-4)
    assert np.allclose(fddb.faces[1].boxes, [[20, 20, 80, 60]])
    assert fddb.fold.tolist() == [1, 2]
    assert fddb.notes == ("annotated images that are missing and not scored: 1, with 1 faces",)
    assert fddb.protocol == "FDDB folds 1, 2: 2 images, 3 faces, ellipses' bounding boxes"
    assert fddb.images[1].shape == (100, 100, 3)


def test_ellipses_and_the_region_that_is_compared(root: Path) -> None:
    fddb = build(root=root, folds="1", region="ellipse")
    (name,) = fddb.images.names
    assert fddb.region == "ellipse" and build(root=root).region == "bounding_box"
    assert fddb.ellipses[name].tolist() == [[30, 20, 1.5707963, 50, 40], [10, 10, 0.3, 90, 90]]
    assert fddb.faces is not None and fddb.faces[0].scores.tolist() == [1, 1]
    assert fddb.protocol.endswith("2 faces, ellipses inscribed in the boxes against ellipses, pixel by pixel")


def test_pictures_may_lie_beside_the_folds(root: Path) -> None:
    (root / "fddb/originalPics/2002").rename(root / "fddb/2002")
    (root / "fddb/originalPics").rmdir()
    assert build(root=root).images.names[0] == "2002/07/19/big/img_1.jpg"


def test_choosing_folds(root: Path) -> None:
    assert (
        len(build(root=root, folds="2").images) == len(plugins.build("dataset", "fddb", root=root, folds=2).images) == 1
    )
    assert len(build(root=root, folds="1, 2").images) == 2
    for folds in ("0", "11", "one", "1;2", ","):
        with pytest.raises(UserError, match="expected numbers from 1 to 10"):
            build(root=root, folds=folds)
    with pytest.raises(UserError, match="FDDB-fold-03-ellipseList.txt is missing"):
        build(root=root, folds="2,3")


def test_no_image_at_all_is_an_error(root: Path) -> None:
    (root / "fddb/originalPics").rename(root / "fddb/elsewhere")
    with pytest.raises(UserError, match="none of the annotated images is there"):
        build(root=root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\n2\n", "\ntwo\n", r":2: expected the number of faces of 2002/07/19/big/img_1, got 'two'"),
        ("\n2\n", "\n3\n", r":5: expected 'a b angle x y 1'"),
        ("\n2\n", "\n1\n", r":4: expected an image's name"),
        ("\n2\n", "\n99\n", r": ends too early"),
        ("30.0 20.0 1.57", "30.0 wide 1.57", r":3: expected 'a b angle x y 1'"),
        ("30.0 20.0 1.57", "30.0 -20.0 1.57", r":3: expected 'a b angle x y 1' with positive"),
        ("30.0 20.0 1.57", "30.0 nan 1.57", r":3: expected 'a b angle x y 1'"),
        ("30.0 20.0 1.57", "30.0 2e51 1.57", r":3: expected 'a b angle x y 1'"),
        ("2002/07/19/big/img_1\n", "../../etc/img_1\n", r":1: expected an image's name"),
    ],
)
def test_a_broken_list(root: Path, old: str, new: str, message: str) -> None:
    path = root / "fddb/FDDB-folds/FDDB-fold-01-ellipseList.txt"
    path.write_text(FOLD_1.replace(old, new, 1))
    with pytest.raises(UserError, match=r"FDDB-fold-01-ellipseList\.txt" + message):
        read_ellipses(path)


@pytest.mark.data
def test_the_real_folds(data_root: Path) -> None:
    fddb = build(root=data_root, folds="1,2")
    assert fddb.faces is not None and fddb.fold is not None
    assert len(fddb.images) == 560 and sum(map(len, fddb.faces)) == 1015
    assert np.bincount(fddb.fold).tolist() == [0, 282, 278]
    assert "not scored: 15, with 19 faces" in fddb.notes[0]
    # Faces lie in their pictures: the centre of every box is inside.
    for i in range(0, len(fddb.images), 40):
        height, width = fddb.images[i].shape[:2]
        centres = (fddb.faces[i].boxes[:, :2] + fddb.faces[i].boxes[:, 2:]) / 2
        assert (centres > 0).all() and (centres < [width, height]).all()


def test_an_image_that_is_listed_twice(root: Path) -> None:
    path = root / "fddb/FDDB-folds/FDDB-fold-02-ellipseList.txt"
    path.write_text(FOLD_2 + FOLD_1)
    with pytest.raises(
        UserError, match=r"FDDB-fold-02-ellipseList.txt:4: 2002/07/19/big/img_1 is listed a second time"
    ):
        build(root=root)


def test_an_ellipse_outside_of_its_image_is_no_face(root: Path) -> None:
    text = FOLD_1.replace("10.0 10.0 0.3 90.0 90.0  1", "30.0 20.0 0.3 90.0 101.0  1")
    (root / "fddb/FDDB-folds/FDDB-fold-01-ellipseList.txt").write_text(text)
    fddb = build(root=root)
    assert fddb.faces is not None and fddb.faces[0].scores.tolist() == [1, 0] and ", 2 faces," in fddb.protocol
    first = "FDDB-fold-01-ellipseList.txt:4, 2002/07/19/big/img_1"
    assert fddb.notes[1] == f"boxes outside their images, to be ignored: 1, the first is {first}"
