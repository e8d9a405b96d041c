"""LFW_NET7: 4,151 crops of LFW's faces with five points each; boxes are made from the points.

The points are those of Sun, Wang, Tang, "Deep Convolutional Network Cascade for Facial Point Detection" (CVPR 2013).
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.download.files import locate
from eigen2arc.datasets.images.boxes_from_points import point_boxes

from ._landmark_list import read_landmark_list

LAYOUT = """\
lfw_net7/train.txt                            (a line: PATH, five x, five y)
lfw_net7/lfw_5590/Aaron_Eckhart_0001.jpg ..."""


def build(*, root: Path | str) -> Dataset:
    """The crops that ``root/lfw_net7/train.txt`` lists.

    Dataset.faces: one face a crop, its five points, and the box that point_boxes() gives for them.
    Raises UserError that names file and line, see read_landmark_list.
    """
    crops = read_landmark_list(locate(root, "lfw_net7", LAYOUT, "train.txt") / "train.txt", crop_over_box=1)
    assert crops.faces is not None
    faces = tuple(_boxed(one) for one in crops.faces)
    protocol = f"lfw_net7: {len(faces):,} crops of {len(crops.people):,} people, boxes from the five points"
    notes = (
        "Its people are LFW's: what was trained on it has seen faces of LFW's tests.",
        "One face a crop is annotated; at its border there may be somebody else.",
    )
    return replace(crops, name="lfw_net7", faces=faces, protocol=protocol, notes=notes)


def _boxed(face: Faces) -> Faces:
    assert face.landmarks is not None
    return Faces(point_boxes(face.landmarks.astype(np.float64)), face.scores, face.landmarks)
