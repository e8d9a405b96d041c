"""WIDER FACE on a small copy: its boxes, RetinaFace's points, the lists of the official evaluation."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.protocols.detection_set import DetectionSet
from eigen2arc.datasets.readers.wider_face import build

BOXES = """0--Parade/a.jpg
3
10 20 30 40 0 0 0 0 0 0
50 20 30 40 2 0 1 1 2 0
5 5 2 3 2 0 0 0 0 1
1--Handshaking/none.jpg
0
0 0 0 0 0 0 0 0 0 0
1--Handshaking/gone.jpg
1
1 2 30 40 0 0 0 0 0 0
"""
LABELS = "# 0--Parade/a.jpg\n10 20 30 40 " + " ".join(f"{x} {x} 0" for x in range(20, 25)) + " 0.9\n50 20 30 41\n"

#: Events, their files, and for each file its boxes and those that are easy, medium and hard.
EVENTS = {
    "0--Parade": {
        "a": ([[10, 20, 30, 40], [50, 20, 30, 40], [5, 5, 2, 3]], [1], [1, 2], [1, 2]),
        "b": ([[1, 1, 8, 9]], [], [], [1]),
    },
    "1--Handshaking": {"none": ([], [], [], [])},
}


def cells(content: Sequence[object]) -> np.ndarray:
    """MATLAB's cell array of one column."""
    made = np.empty((len(content), 1), object)
    made[:, 0] = content
    return made


def write_lists(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number, part in enumerate(("easy", "medium", "hard"), 1):
        tables = {
            "event_list": cells(list(EVENTS)),
            "file_list": cells([cells(list(files)) for files in EVENTS.values()]),
            "face_bbx_list": cells(
                [cells([np.array(one[0], float).reshape(-1, 4) for one in e.values()]) for e in EVENTS.values()]
            ),
            "gt_list": cells(
                [cells([np.array(one[number], np.uint8)[:, None] for one in e.values()]) for e in EVENTS.values()]
            ),
        }
        savemat(folder / f"wider_{part}_val.mat", tables)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for split in ("train", "val"):
        for name in ("0--Parade/a", "0--Parade/b", "1--Handshaking/none"):
            path = tmp_path / f"wider_face/WIDER_{split}/images/{name}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (100, 90)).save(path)
        lists = tmp_path / "wider_face/wider_face_split"
        lists.mkdir(exist_ok=True)
        (lists / f"wider_face_{split}_bbx_gt.txt").write_text(BOXES)
    write_lists(tmp_path / "wider_face/eval_tools/ground_truth")
    return tmp_path


def test_boxes_and_what_is_to_be_ignored(root: Path) -> None:
    train = build(root=root, least_face_px=3)
    assert train.images.names == ("WIDER_train/images/0--Parade/a.jpg", "WIDER_train/images/1--Handshaking/none.jpg")
    assert train.faces is not None and list(map(len, train.faces)) == [3, 0]
    assert train.faces[0].boxes.tolist() == [[10, 20, 40, 60], [50, 20, 80, 60], [5, 5, 7, 8]]
    # The second is called invalid, the third is 2 pixels wide.
    assert train.faces[0].scores.tolist() == [1, 0, 0]
    assert train.faces[0].landmarks is None
    assert build(root=root).faces[0].scores.tolist() == [1, 0, 1]
    assert train.notes == ("listed images that are missing and left out: 1, with 1 faces",)
    assert train.protocol == (
        "WIDER FACE train: 2 images, 1 faces of 3 px and more, 0 with five points, 2 to be ignored"
    )
    assert build(root=root, split="val").images.names[0] == "WIDER_val/images/0--Parade/a.jpg"


@pytest.mark.parametrize("place", ["retinaface_gt_v1.1/train", "train"])
def test_points_come_from_the_label_with_the_same_box(root: Path, place: str) -> None:
    path = root / "wider_face" / place / "label.txt"
    path.parent.mkdir(parents=True)
    path.write_text(LABELS)
    train = build(root=root)
    assert train.faces is not None
    points = train.faces[0].landmarks
    assert points is not None and points[0].tolist() == [[x, x] for x in range(20, 25)]
    assert np.isnan(points[1:]).all()
    assert "1 with five points" in train.protocol
    assert build(root=root, split="val").faces[0].landmarks is None


def test_subsets(root: Path) -> None:
    val = build(root=root, split="val", subsets=True)
    assert isinstance(val, DetectionSet) and val.faces is not None
    a, b, none = (f"WIDER_val/images/{name}.jpg" for name in ("0--Parade/a", "0--Parade/b", "1--Handshaking/none"))
    assert val.images.names == (a, b, none)
    assert val.faces[0].boxes.tolist() == [[10, 20, 40, 60], [50, 20, 80, 60], [5, 5, 7, 8]]
    assert [faces.scores.tolist() for faces in val.faces] == [[1, 1, 0], [1], []]
    masks = {part: [val.subsets[part][name].tolist() for name in (a, b, none)] for part in val.subsets}
    assert masks == {
        "easy": [[True, False, False], [False], []],
        "medium": [[True, True, False], [False], []],
        "hard": [[True, True, False], [True], []],
    }
    assert val.protocol == (
        "WIDER FACE val, the official evaluation's lists: 3 images, faces: 1 easy, 2 medium, 3 hard"
    )


def test_subsets_that_cannot_be_had(root: Path) -> None:
    with pytest.raises(UserError, match="known for split = 'val' only"):
        build(root=root, subsets=True)
    (root / "wider_face/eval_tools/ground_truth/wider_hard_val.mat").write_bytes(b"MATLAB 5.0 MAT-file, or is it?")
    with pytest.raises(UserError, match="wider_hard_val.mat: is not a list of WIDER FACE's evaluation"):
        build(root=root, split="val", subsets=True)
    (root / "wider_face/eval_tools/ground_truth/wider_hard_val.mat").unlink()
    with pytest.raises(UserError, match="there is no wider_easy_val.mat, wider_medium_val.mat, wider_hard_val.mat"):
        build(root=root, split="val", subsets=True)


@pytest.mark.parametrize("kept", [[0], [4], [1, 2, 5]])
def test_a_face_that_is_not_in_the_list(root: Path, kept: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    boxes, _, medium, hard = EVENTS["0--Parade"]["a"]
    monkeypatch.setitem(EVENTS["0--Parade"], "a", (boxes, kept, medium, hard))
    write_lists(root / "wider_face/ground_truth")
    (root / "wider_face/eval_tools/ground_truth").rename(root / "elsewhere")
    with pytest.raises(UserError, match=r"wider_easy_val.mat: .*a face's number is \d to \d, of 3 faces"):
        build(root=root, split="val", subsets=True)


def test_lists_of_different_images(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(EVENTS["1--Handshaking"], "one", EVENTS["1--Handshaking"]["none"])
    write_lists(tmp_path / "other")
    folder = root / "wider_face/eval_tools/ground_truth"
    (tmp_path / "other/wider_medium_val.mat").replace(folder / "wider_medium_val.mat")
    with pytest.raises(UserError, match="wider_medium_val.mat: its images or boxes are not those of wider_easy_val"):
        build(root=root, split="val", subsets=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.jpg\nsix\n", r"bbx_gt.txt:2: expected the number of faces of a.jpg, got 'six'"),
        ("a.jpg\n", r"bbx_gt.txt:2: expected the number of faces of a.jpg, got ''"),
        ("a.jpg\n2\n1 2 3 4 0 0 0 0 0 0\n", r"ends too early: a.jpg should have 2 faces"),
        ("\na.jpg\n1\n1 2 3 4 0 0 0 0 0\n", r"bbx_gt.txt:4: expected 10 numbers, got '1 2 3 4 0 0 0 0 0'. The form is"),
        ("a.jpg\n0\na.jpg\n0\n", r"bbx_gt.txt:3: a.jpg is listed a second time"),
        ("../a.jpg\n0\n", r"bbx_gt.txt:1: expected a path below"),
        ("a.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n", r"none of the listed images is there"),
    ],
)
def test_broken_lists(root: Path, text: str, message: str) -> None:
    (root / "wider_face/wider_face_split/wider_face_train_bbx_gt.txt").write_text(text)
    with pytest.raises(UserError, match=message):
        build(root=root)


def test_a_box_outside_of_its_image_is_no_face(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = BOXES.replace("50 20 30 40 2 0 1 1 2 0", "90 20 40 40 0 0 0 0 0 0")
    (root / "wider_face/wider_face_split/wider_face_train_bbx_gt.txt").write_text(text)
    train = build(root=root)
    assert train.faces is not None and train.faces[0].scores.tolist() == [1, 0, 1]
    assert train.notes[1:] == (
        "boxes outside their images, to be ignored: 1, the first is wider_face_train_bbx_gt.txt:4, 0--Parade/a.jpg",
    )
    monkeypatch.setitem(EVENTS["0--Parade"], "b", ([[1, 1, 8, 9], [99, 80, 8, 90]], [2], [2], [1, 2]))
    write_lists(root / "wider_face/ground_truth")
    (root / "wider_face/eval_tools/ground_truth").rename(root / "elsewhere")
    val = build(root=root, split="val", subsets=True)
    assert isinstance(val, DetectionSet) and val.faces is not None and val.faces[1].scores.tolist() == [1, 0]
    assert [masks[val.images.names[1]].tolist() for masks in val.subsets.values()] == [[False] * 2] * 2 + [
        [True, False]
    ]
    assert val.notes[1].endswith("wider_easy_val.mat, face 2 of WIDER_val/images/0--Parade/b.jpg")
