"""A folder for each person that was found, with a cut of every face; nothing but such cuts is ever removed."""

from pathlib import Path, PurePosixPath

import numpy as np
from rich.progress import Progress

from eigen2arc.compare.runner.pictures import shrunk
from eigen2arc.core import image
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import shortened

from .grouping import Groups

#: What cuts say of themselves.
MADE_BY = "eigen2arc cluster"

#: In the folder that is written into.
PEOPLE, ALONE = "people", "alone"

#: A cut shows so many times the box of the face, and has so many pixels at most.
AROUND, SIDE_PX = 1.5, 192


def check_people_folders(out: Path) -> None:
    """Check that the folders of people hold nothing but cuts of an earlier run. Raises UserError that names a file."""
    for path in _files(out):
        if not image.is_made_by(path, MADE_BY):
            raise UserError(
                f"{path}: is not of an earlier `cluster`, and would lie among its faces: take another --out"
            )


def write_people_folders(groups: Groups, out: Path, progress: Progress) -> list[str]:
    """Write a cut of each face into OUT/people/0001 and so on, or OUT/alone, in place of those of an earlier run.

    Returns the path of each face's cut below ``out``, "" for a face that was not grouped.
    """
    check_people_folders(out)
    for path in _files(out):
        path.unlink()
    for folder in sorted((out / PEOPLE).glob("*/")):
        if not any(folder.iterdir()):
            folder.rmdir()
    faces, cuts = groups.faces, [""] * len(groups.faces)
    written = np.flatnonzero(groups.unclear == "")
    for name in progress.track(np.unique(faces.image[written]).tolist(), description="write faces"):
        picture = image.read(faces.folder / faces.names[name])
        for face in written[faces.image[written] == name].tolist():
            cuts[face] = _cut_name(groups, face)
            image.write(out / cuts[face], _cut(picture, faces.boxes[face]), jpeg_quality=90, made_by=MADE_BY)
    return cuts


def _files(out: Path) -> list[Path]:
    return [path for name in (PEOPLE, ALONE) for path in sorted((out / name).rglob("*")) if not path.is_dir()]


def _cut_name(groups: Groups, face: int) -> str:
    stem = PurePosixPath(groups.faces.names[groups.faces.image[face]]).with_suffix("").as_posix().replace("/", "_")
    cluster = int(groups.cluster[face])
    folder = ALONE if cluster < 0 else f"{PEOPLE}/{cluster + 1:04d}"
    return f"{folder}/{face:06d}-{shortened(stem)}.jpg"


def _cut(picture: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The square around a box, as much of it as lies in the image."""
    x1, y1, x2, y2 = box.astype(np.float64)
    half = AROUND * max(x2 - x1, y2 - y1) / 2
    height, width = picture.shape[:2]
    left, right = (int(np.clip(round((x1 + x2) / 2 + side), 0, width - 1)) for side in (-half, half))
    top, bottom = (int(np.clip(round((y1 + y2) / 2 + side), 0, height - 1)) for side in (-half, half))
    return shrunk(picture[top : bottom + 1, left : right + 1], SIDE_PX)
