"""LFW_NET7: 4,151 crops of LFW's faces with five points each; boxes are made from the points.

Sun, Wang, Tang, "Deep Convolutional Network Cascade for Facial Point Detection" (CVPR 2013): the points are theirs,
and so is the form of the list, which many sets of crops use: a line is a path, five x and five y, in pixels of the
crop, in the order of core.types.LANDMARK_NAMES.
"""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import similarity_transform
from eigen2arc.core.image import ImageError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.download.files import locate, read_lines
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.lists.entries import MOST_NUMBER, safe_name

LAYOUT = """\
lfw_net7/train.txt                            (a line: PATH, five x, five y)
lfw_net7/lfw_5590/Aaron_Eckhart_0001.jpg ..."""

POINTS = 5
FORM = "PATH x1 x2 x3 x4 x5 y1 y2 y3 y4 y5"

#: The points of a frontal face, x y from the middle of its box, in heights of the box: the mean of 300 synthetic people
#: without pose, whose boxes are known, in the order of core.types.LANDMARK_NAMES.
FRONTAL_POINTS = np.array([[-0.184, -0.171], [0.184, -0.171], [0.0, 0.068], [-0.144, 0.237], [0.144, 0.237]])

#: The width of the box in its heights, from the same people.
WIDTH = 0.743


def build(*, root: Path | str) -> Dataset:
    """Build the data set of the crops that ``root/lfw_net7/train.txt`` lists.

    Dataset.faces: one face a crop, its five points, and the box that boxes_from_points() gives for them.
    Raises UserError that names file and line, see read_landmark_list().
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
    return Faces(boxes_from_points(face.landmarks.astype(np.float64)), face.scores, face.landmarks)


def boxes_from_points(points: np.ndarray) -> np.ndarray:
    """Compute upright boxes (N, 4) x1 y1 x2 y2, float64, from five points (N, 5, 2) in the same pixels.

    The similarity that takes FRONTAL_POINTS to a face's points best, in the least squares, takes the box along; a
    turned box is set upright about its middle. So a box ends at the chin and below the hair line, as those of the
    synthetic scenes do. Mean intersection over union with the true boxes of synthetic people: .91 without pose, .87 at
    difficulty .25, .81 at .5; with MTCNN's boxes on 400 crops of lfw_net7: .80, since they begin a little higher.
    """
    boxes = np.empty((len(points), 4))
    for box, face in zip(boxes, points, strict=True):
        transform = similarity_transform(FRONTAL_POINTS, face)
        height = np.sqrt(np.linalg.det(transform[:, :2]))
        half = height * np.array([WIDTH, 1]) / 2
        box[:] = [*(transform[:, 2] - half), *(transform[:, 2] + half)]
    return boxes


def read_landmark_list(path: Path, crop_over_box: float) -> Dataset:
    """Read a list of crops with five points; its paths are relative to the folder that it lies in.

    crop_over_box : how much wider a crop is than the detector's box in its middle, which becomes the face's box.
    LFW's makers grew the boxes of a Viola-Jones detector by 2.2 (Huang et al. 2007), so there the box is
    what that detector gave, and no point was used to place it.
    Dataset.labels: who it is, by the file's name without its last number, Ada_0002.jpg being Ada.
    Raises UserError that names the file and line: of a wrong line, an image that is missing or cannot be read, a
    point outside its image.
    """
    if not crop_over_box >= 1:
        raise UserError(f"expected a crop at least as wide as the box, got {crop_over_box:g} times as wide")
    lines = [(f"{path}:{number}", line) for number, line in enumerate(read_lines(path), 1) if line.strip()]
    entries = [_entry(line, where) for where, line in lines]
    if not entries:
        raise UserError(f"{path}: holds no line. Expected: {FORM}")
    names = tuple(name for name, _ in entries)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise UserError(f"{path}: lists {twice[0]} more than once")
    images = FileImages(path.parent, names)
    faces = tuple(
        _face(images, i, points, crop_over_box, f"{lines[i][0]}: {name}") for i, (name, points) in enumerate(entries)
    )
    owners = [re.sub(r"_\d+$", "", Path(name).stem) for name in names]
    people, labels = np.unique(owners, return_inverse=True)
    protocol = (
        f"{path.name}, {len(names):,} crops of {len(people):,} people, box = the crop's middle 1/{crop_over_box:g}"
    )
    return Dataset(path.parent.name, images, tuple(people.tolist()), labels, faces, protocol=protocol)


def _entry(line: str, where: str) -> tuple[str, np.ndarray]:
    """Parse a line into its path and points (5, 2)."""
    name, *numbers = line.split()
    if len(numbers) != 2 * POINTS:
        raise UserError(f"{where}: expected {2 * POINTS} numbers after the path, got {len(numbers)}: {FORM}")
    try:
        values = np.array([float(number) for number in numbers])
    except ValueError as error:
        raise UserError(f"{where}: {error}") from None
    if (np.abs(values) >= MOST_NUMBER).any():
        raise UserError(f"{where}: a point lies at {np.abs(values).max():g}: {FORM}")
    return safe_name(name, where), values.reshape(2, POINTS).T


def _face(images: FileImages, index: int, points: np.ndarray, crop_over_box: float, where: str) -> Faces:
    try:
        height, width = images[index].shape[:2]
    except ImageError as error:
        raise UserError(f"{where}: {error}") from None
    outside = ~((points >= 0) & (points <= [width - 1, height - 1])).all(axis=1)  # also true for NaN
    if outside.any():
        x, y = points[outside][0]
        raise UserError(f"{where}: the point {x:g}, {y:g} lies outside the image of {width} x {height} pixels")
    centre, half = np.array([width, height]) / 2, min(width, height) / crop_over_box / 2
    return Faces(np.concatenate([centre - half, centre + half])[None], np.ones(1), points[None])
