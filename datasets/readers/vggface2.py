"""VGGFace2: 3.31 million loosely cut images of 9,131 people, with a box and five points in each.

Cao, Shen, Xie, Parkhi, Zisserman, "VGGFace2: A dataset for recognising faces across pose and age" (FG 2018).
"""

from pathlib import Path
from typing import Literal

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import LANDMARK_NAMES, Dataset
from eigen2arc.datasets.download.files import locate, unnest
from eigen2arc.datasets.images.face_table import FaceTable
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.images.people_folders import images_by_person, label_by_folder
from eigen2arc.datasets.lists.keep_list import read_keep_list
from eigen2arc.datasets.lists.vggface2 import read_names, read_values

LAYOUT = """\
vggface2/train/n000002/0001_01.jpg ...        (8,631 people; and test/, 500 others)
vggface2/bb_landmark/loose_bb_train.csv       (NAME_ID,X,Y,W,H; and loose_bb_test.csv; for boxes)
vggface2/bb_landmark/loose_landmark_train.csv (NAME_ID,P1X,P1Y,...,P5X,P5Y; and loose_landmark_test.csv; for points)
vggface2/meta/identity_meta.csv               (Class_ID,Name,Sample_Num,Flag,Gender; for the people's names)"""


def build(*, root: Path | str, split: Literal["train", "test"] = "train", kept: Path | str = "") -> Dataset:
    """Build the data set of the images of ``root/vggface2/train`` or ``test``, in order of name.

    Dataset.people: the folder's name, and the person's where identity_meta.csv is there. Dataset.faces: MTCNN's box
    and five points, where their tables are there; an image that the tables do not have, or whose box lies outside of
    it, has no face.

    split : the parts share no person. kept : a keep list, see datasets.lists.keep_list: then only the images in it.
    Raises UserError that shows the expected layout, or names file and line.
    """
    folder = locate(root, "vggface2", LAYOUT, split)
    base = unnest(folder / split)
    found = images_by_person(base)
    if not found:
        raise UserError(f"{folder / split}: holds no image. Expected below the data root:", LAYOUT)
    names = tuple(found[row] for row in read_keep_list(found, kept))
    owners, labels = label_by_folder(names)
    images = FileImages(base, names)
    faces, notes = _faces(unnest(folder / "bb_landmark"), split, images)
    meta = unnest(folder / "meta") / "identity_meta.csv"
    called = read_names(meta) if meta.is_file() else {}
    people = tuple(f"{owner} {called[owner]}" if owner in called else owner for owner in owners)
    protocol = f"VGGFace2 {split}, {len(names):,} images of {len(people):,} people"
    if kept:
        protocol += f", those of {len(found):,} that {Path(kept).name} keeps"
    return Dataset("vggface2", images, people, labels, faces=faces, protocol=protocol, notes=notes)


def _faces(tables: Path, split: str, images: FileImages) -> tuple[FaceTable | None, tuple[str, ...]]:
    """Read the faces, None without a table of boxes, and what is to be said of it."""
    path = tables / f"loose_bb_{split}.csv"
    if not path.is_file():
        return None, (f"there is no {path.name}: it is not known where in the images the faces are",)
    number = {name: i for i, name in enumerate(images.names)}
    boxes, strangers = read_values(path, number, 4)
    boxes[:, 2:] = boxes[:, :2] + np.maximum(boxes[:, 2:], 0)
    notes = [
        f"images without a box: {np.count_nonzero(np.isnan(boxes[:, 0])):,}; boxes without an image: {strangers:,}"
    ]
    points_path, points = tables / f"loose_landmark_{split}.csv", None
    if points_path.is_file():
        values, _ = read_values(points_path, number, 2 * len(LANDMARK_NAMES))
        points = values.reshape(-1, len(LANDMARK_NAMES), 2)
    else:
        notes.append(f"there is no {points_path.name}: no points are known")
    return FaceTable(boxes, points, images), tuple(notes)
