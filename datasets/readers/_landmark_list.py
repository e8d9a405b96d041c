"""Lists of face crops with five points: a line is a path, five x and five y, in pixels of the crop.

The format of the lists that Sun, Wang, Tang, "Deep convolutional network cascade for facial point detection" (CVPR
2013) made popular, with the points in the order of core.types.LANDMARK_NAMES.
"""

import re
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.download.files import read_lines
from eigen2arc.datasets.images.lazy import FileImages

POINTS = 5
FORM = "PATH x1 x2 x3 x4 x5 y1 y2 y3 y4 y5"


def read_landmark_list(path: Path, crop_over_box: float) -> Dataset:
    """Read a list; its paths are relative to the folder that it lies in.

    crop_over_box : how much wider a crop is than the detector's box in its middle, which becomes the face's box.
    LFW's makers grew the boxes of a Viola-Jones detector by 2.2 (Huang et al. 2007), so there the box is
    what that detector gave, and no point was looked at to place it.
    Dataset.labels: who it is, by the file's name without its last number, Ada_0002.jpg being Ada.
    Raises UserError that names the file and line: of a wrong line, an image that is missing or cannot be read, a
    point outside its image.
    """
    if not crop_over_box >= 1:
        raise UserError(f"expected a crop at least as wide as the box, got {crop_over_box:g} times as wide")
    entries = [_entry(line, f"{path}:{number}") for number, line in enumerate(read_lines(path), 1) if line.strip()]
    if not entries:
        raise UserError(f"{path}: holds no line. Expected: {FORM}")
    names = tuple(name for name, _ in entries)
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise UserError(f"{path}: lists {twice[0]} more than once")
    images = FileImages(path.parent, names)
    faces = tuple(
        _face(images, i, points, crop_over_box, f"{path}: {name}") for i, (name, points) in enumerate(entries)
    )
    owners = [re.sub(r"_\d+$", "", Path(name).stem) for name in names]
    people, labels = np.unique(owners, return_inverse=True)
    protocol = (
        f"{path.name}, {len(names):,} crops of {len(people):,} people, box = the crop's middle 1/{crop_over_box:g}"
    )
    return Dataset(path.parent.name, images, tuple(people.tolist()), labels, faces, protocol=protocol)


def _entry(line: str, where: str) -> tuple[str, np.ndarray]:
    """A line to its path and points (5, 2)."""
    name, *numbers = line.split()
    if len(numbers) != 2 * POINTS:
        raise UserError(f"{where}: expected {2 * POINTS} numbers after the path, got {len(numbers)}: {FORM}")
    try:
        values = np.array([float(number) for number in numbers])
    except ValueError as error:
        raise UserError(f"{where}: {error}") from None
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise UserError(f"{where}: expected a path below the list's folder, got {name}")
    return name, values.reshape(2, POINTS).T


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
