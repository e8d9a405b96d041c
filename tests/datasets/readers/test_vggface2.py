"""VGGFace2's folders and tables, on a small copy of its layout."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.images.face_table import FaceTable
from eigen2arc.datasets.lists.keep_list import write_keep_list
from eigen2arc.datasets.lists.vggface2 import read_values
from eigen2arc.datasets.readers.vggface2 import build

POINTS = list(range(10, 20))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    base = tmp_path / "vggface2"
    for name in ("train/n000002/0001_01", "train/n000002/0010_02", "train/n000013/0003_01", "test/n000001/0001_01"):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 50), (7, 0, 0)).save(base / f"{name}.jpg")
    (base / "bb_landmark").mkdir()
    bb = 'NAME_ID,X,Y,W,H\n"n000013/0003_01",-3,5,20,30\n"n000002/0001_01",1,2,3,4\n"n000099/0001_01",1,1,2,2\n'
    (base / "bb_landmark/loose_bb_train.csv").write_text(bb)
    headings = ",".join(f"P{p}{axis}" for p in range(1, 6) for axis in "XY")
    points = ",".join(map(str, POINTS))
    (base / "bb_landmark/loose_landmark_train.csv").write_text(f'NAME_ID,{headings}\n"n000013/0003_01",{points}\n')
    (base / "meta").mkdir()
    meta = 'Class_ID, Name, Sample_Num, Flag, Gender\nn000002, "Ada_Lovelace", 2, 1, f\nn000001, "Bob, B.", 1, 0, m\n'
    (base / "meta/identity_meta.csv").write_text(meta)
    return tmp_path


def test_images_people_boxes_and_points(root: Path) -> None:
    vgg = build(root=root)
    assert vgg.images.names == ("n000002/0001_01.jpg", "n000002/0010_02.jpg", "n000013/0003_01.jpg")
    assert vgg.people == ("n000002 Ada_Lovelace", "n000013")
    assert vgg.labels is not None and vgg.labels.tolist() == [0, 0, 1]
    assert vgg.images[0].shape == (50, 40, 3) and vgg.faces is not None
    assert [face.boxes.tolist() for face in vgg.faces] == [[[1, 2, 4, 6]], [], [[-3, 5, 17, 35]]]
    first, _, last = vgg.faces
    assert first.landmarks is not None and np.isnan(first.landmarks).all()
    assert last.landmarks is not None and last.landmarks.ravel().tolist() == POINTS
    assert vgg.notes == ("images without a box: 1; boxes without an image: 1",)
    assert vgg.protocol == "VGGFace2 train, 3 images of 2 people"


def test_the_other_part_and_no_tables(root: Path) -> None:
    vgg = build(root=root, split="test")
    assert vgg.people == ("n000001 Bob, B.",) and vgg.faces is None
    assert vgg.notes[0].startswith("there is no loose_bb_test.csv")
    (root / "vggface2/bb_landmark/loose_landmark_train.csv").unlink()
    vgg = build(root=root)
    assert vgg.faces is not None and vgg.faces[0].landmarks is None and "no points are known" in vgg.notes[1]


def test_only_what_a_list_keeps(root: Path, tmp_path: Path) -> None:
    write_keep_list(tmp_path / "kept.csv", ["n000013/0003_01.jpg", "n000002/0010_02.jpg"])
    vgg = build(root=root, kept=tmp_path / "kept.csv")
    assert vgg.images.names == ("n000002/0010_02.jpg", "n000013/0003_01.jpg")
    assert vgg.faces is not None and [len(face) for face in vgg.faces] == [0, 1]
    assert vgg.protocol.endswith("those of 3 that kept.csv keeps")


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        ("bb_landmark/loose_bb_train.csv", '"n000002/0001_01",1,2,3', r"loose_bb_train.csv:2: .* 4 numbers, got 'n0"),
        ("bb_landmark/loose_landmark_train.csv", "n000002/0001_01,a" + ",1" * 9, r"landmark_train.csv:2: .*10 numbers"),
        ("bb_landmark/loose_bb_train.csv", "n000002/0001_01,1,2,3,4\n" * 2, "1 of its lines are about an image that"),
        ("bb_landmark/loose_bb_train.csv", "n000002/0001_01,1,2,3,nan", "1 of its lines are about an image that"),
        ("meta/identity_meta.csv", "n000002,Ada", r"identity_meta.csv:2: expected a line such as"),
    ],
)
def test_a_mistake_is_named(root: Path, file: str, line: str, message: str) -> None:
    (root / "vggface2" / file).write_text(f"HEADINGS\n{line}\n")
    with pytest.raises(UserError, match=message):
        build(root=root)


def test_what_is_not_there(root: Path) -> None:
    for path in (root / "vggface2/test/n000001").iterdir():
        path.unlink()
    with pytest.raises(UserError, match=r"test: holds no image(.|\n)*loose_bb_train.csv"):
        build(root=root, split="test")


def test_a_long_table_against_one_line_at_a_time(tmp_path: Path, rng: np.random.Generator) -> None:
    values = rng.integers(-5, 300, (2000, 4))
    names = [f"n{i // 10:06d}/{i % 10:04d}_01" for i in range(2000)]
    order = rng.permutation(2000)
    rows = "".join(f'"{names[i]}",{",".join(map(str, values[i]))}\n' for i in order)
    (tmp_path / "t.csv").write_text("NAME_ID,X,Y,W,H\n" + rows)
    table, strangers = read_values(tmp_path / "t.csv", {f"{name}.jpg": i for i, name in enumerate(names)}, 4)
    assert strangers == 0 and np.array_equal(table, values)


def test_a_face_table_is_a_sequence_of_faces() -> None:
    boxes = np.array([[0, 0, 2, 3], [np.nan] * 4, [1, 1, 4, 4]], np.float32)
    table = FaceTable(boxes, None)
    assert len(table) == 3 and [len(face) for face in table] == [1, 0, 1]
    assert [face.boxes.tolist() for face in table[1:]] == [[], [[1, 1, 4, 4]]]
    assert table[-1].scores.tolist() == [1] and table[-1].landmarks is None
    with pytest.raises(IndexError):
        table[3]


def test_a_box_outside_of_its_image_is_no_face(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = root / "vggface2/bb_landmark/loose_bb_train.csv"
    table.write_bytes(table.read_text().replace("1,2,3,4", "38,2,43,6").encode("utf-16"))
    vgg = build(root=root)
    assert vgg.faces is not None and [len(face) for face in vgg.faces] == [0, 0, 1]
    assert "n000002/0001_01.jpg: its annotated box lies outside of it" in caplog.text
