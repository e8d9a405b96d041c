"""FDDB: faces in news photographs, annotated as ellipses, in ten folds.

Jain, Learned-Miller, "FDDB: A Benchmark for Face Detection in Unconstrained Settings" (UM-CS-2010-009).
"""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces
from eigen2arc.datasets.download.files import RemoteFile, locate, read_lines, unnest
from eigen2arc.datasets.images.boxes import OutsideFaces
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.lists.entries import MOST_NUMBER, is_count, safe_name
from eigen2arc.datasets.protocols.detection_set import DetectionSet

LAYOUT = """\
fddb/FDDB-folds/FDDB-fold-01-ellipseList.txt ... FDDB-fold-10-ellipseList.txt   (or some of them)
fddb/originalPics/2002/07/19/big/img_18.jpg ...                                (or fddb/2002/...)"""

FILES = (
    RemoteFile("FDDB-folds.tgz", "http://vis-www.cs.umass.edu/fddb/FDDB-folds.tgz"),
    RemoteFile("originalPics.tar.gz", "http://tamaraberg.com/faceDataset/originalPics.tar.gz"),
)

#: What of a detected box is laid over an annotated ellipse to see how well they agree, and the words for it. The last
#: two are those of the makers' own evaluation, for detectors that answer with rectangles and with ellipses.
REGIONS = {
    "bounding_box": "ellipses' bounding boxes",
    "rectangle": "rectangles against ellipses, pixel by pixel",
    "ellipse": "ellipses inscribed in the boxes against ellipses, pixel by pixel",
}


def build(
    *,
    root: Path | str,
    folds: str | Annotated[int, Ge(1), Le(10)] = "",
    region: Literal["bounding_box", "rectangle", "ellipse"] = "bounding_box",
) -> DetectionSet:
    """Build FDDB as found below ``root/fddb``.

    Dataset.faces are the bounding boxes of the ellipses (see bounding_boxes), Dataset.fold the fold of each image,
    1 to 10. An annotated image that is missing is counted in the notes and not scored, and a face outside of its image,
    see datasets.images.boxes, is to be ignored.

    folds : numbers with commas, e.g. "1,2"; "" takes the folds whose ellipse lists are there. region : a key of
    REGIONS; core.metrics.fddb lays them over each other. Raises UserError that names file and line of a broken
    annotation.
    """
    folder = locate(root, "fddb", LAYOUT, "FDDB-folds")
    lists = _ellipse_lists(unnest(folder / "FDDB-folds"), folds)
    prefix = ""
    if (folder / "originalPics").is_dir():
        prefix, folder = "originalPics/", unnest(folder / "originalPics").parent
    names: list[str] = []
    faces: list[Faces] = []
    ellipses_of: dict[str, np.ndarray] = {}
    fold: list[int] = []
    outside = OutsideFaces()
    missing_images = missing_faces = 0
    for number, path in lists.items():
        for name, line, ellipses in read_ellipses(path):
            file_name = f"{prefix}{name}.jpg"
            if file_name in ellipses_of:
                raise UserError(f"{path}:{line - 2}: {name} is listed a second time")
            if not (folder / file_name).is_file():
                missing_images += 1
                missing_faces += len(ellipses)
                continue
            names.append(file_name)
            found = Faces(bounding_boxes(ellipses), np.ones(len(ellipses)))
            faces.append(outside.ignore(found, folder / file_name, partial(_place, path.name, name, line)))
            fold.append(number)
            ellipses_of[file_name] = ellipses
    if not names:
        raise UserError(f"{folder}: none of the annotated images is there. Expected below the data root:", LAYOUT)
    fold_text = ", ".join(map(str, lists))
    total = sum(len(one.counted) for one in faces)
    protocol = f"FDDB folds {fold_text}: {len(names)} images, {total} faces, {REGIONS[region]}"
    missing = f"annotated images that are missing and not scored: {missing_images}, with {missing_faces} faces"
    images = FileImages(folder, tuple(names))
    return DetectionSet(
        "fddb",
        images,
        faces=tuple(faces),
        fold=np.array(fold),
        protocol=protocol,
        notes=(missing, *outside.notes()),
        ellipses=ellipses_of,
        region=region,
    )


def bounding_boxes(ellipses: np.ndarray) -> np.ndarray:
    """Compute the upright box around each ellipse.

    ellipses : (N, 5) as FDDB writes them: the semi-axes a and b in pixels, the angle t in radians between a and the
    horizontal, the centre x and y. Its points are x + a cos t cos u - b sin t sin u, y + a sin t cos u + b cos t sin u
    for 0 <= u < 2 pi, so its largest distances from the centre are sqrt(a^2 cos^2 t + b^2 sin^2 t) across and
    sqrt(a^2 sin^2 t + b^2 cos^2 t) up and down.

    Returns (N, 4) float64 x1 y1 x2 y2. Not clipped to the image, as an ellipse is not: clipping moves the recall of
    a cascade by up to .003 only (measured on folds 1 and 2).
    """
    a, b, t, x, y = np.asarray(ellipses, np.float64).reshape(-1, 5).T
    half_width = np.hypot(a * np.cos(t), b * np.sin(t))
    half_height = np.hypot(a * np.sin(t), b * np.cos(t))
    return np.stack([x - half_width, y - half_height, x + half_width, y + half_height], axis=1)


def read_ellipses(path: Path) -> list[tuple[str, int, np.ndarray]]:
    """Read a fold's ellipses: (image name without suffix, line of the first, ellipses (N, 5) float64), in its order.

    For each image: a line with its name, a line with N, then N lines "a b angle x y 1".
    """
    lines = [line.strip() for line in read_lines(path)]
    images: list[tuple[str, int, np.ndarray]] = []
    at = 0
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        name = lines[at]
        if name.startswith("/") or ".." in name.split("/") or len(name.split()) != 1:
            raise UserError(f"{path}:{at + 1}: expected an image's name such as 2002/07/19/big/img_18, got {name!r}")
        safe_name(f"{name}.jpg", f"{path}:{at + 1}")
        count_text = lines[at + 1] if at + 1 < len(lines) else ""
        if not is_count(count_text):
            raise UserError(f"{path}:{at + 2}: expected the number of faces of {name}, got {count_text!r}")
        first, end = at + 2, at + 2 + int(count_text)
        if end > len(lines):
            raise UserError(f"{path}: ends too early: {name} should have {count_text} faces")
        ellipses = [_ellipse(path, i + 1, lines[i]) for i in range(first, end)]
        images.append((name, first + 1, np.array(ellipses).reshape(-1, 5)))
        at = end
    return images


def _place(source: str, name: str, line: int, number: int) -> str:
    """Say where a list has a face."""
    return f"{source}:{line + number}, {name}"


def _ellipse(path: Path, line: int, text: str) -> list[float]:
    try:
        values = [float(part) for part in text.split()]
    except ValueError:
        values = []
    if len(values) != 6 or not all(abs(v) < MOST_NUMBER for v in values) or values[0] <= 0 or values[1] <= 0:
        raise UserError(f"{path}:{line}: expected 'a b angle x y 1' with positive a and b, got {text!r}")
    return values[:5]


def _ellipse_lists(lists_folder: Path, folds: str | int) -> dict[int, Path]:
    """Find the ellipse list of each fold."""
    numbers = list(range(1, 11))
    if folds:
        # A command line hands over one fold as a number.
        parts = str(folds).replace(" ", "").split(",")
        if not all(is_count(part) and int(part) in numbers for part in parts):
            raise UserError(f"fddb: folds={folds!r}: expected numbers from 1 to 10 with commas, such as 1,2")
        numbers = sorted({int(part) for part in parts})
    lists = {number: lists_folder / f"FDDB-fold-{number:02d}-ellipseList.txt" for number in numbers}
    present = {number: path for number, path in lists.items() if path.is_file()}
    absent = [path.name for number, path in lists.items() if number not in present]
    if not present or (folds and absent):
        raise UserError(f"{lists_folder}: {absent[0]} is missing. Expected below the data root:", LAYOUT)
    return present
