"""The Yale faces: 15 people in 11 conditions of light, expression and glasses.

Belhumeur, Hespanha, Kriegman, "Eigenfaces vs. Fisherfaces" (PAMI 1997), the paper that made the set.
"""

import re
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.download.files import RemoteFile, locate
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.protocols.splits import leave_one_out as rounds

CONDITIONS = (
    "centerlight", "glasses", "happy", "leftlight", "noglasses", "normal",
    "rightlight", "sad", "sleepy", "surprised", "wink",
)  # fmt: skip
PEOPLE = 15

LAYOUT = "yale/subject01.centerlight, yale/subject01.glasses ... yale/subject15.wink   (GIF files without a suffix)"

FILES = (RemoteFile("yalefaces.zip", "http://vision.ucsd.edu/datasets/yale_face_dataset_original/yalefaces.zip"),)


def build(*, root: Path | str, leave_one_out: bool = False, without_copies: bool = False) -> Dataset:
    """Build Yale as found below ``root/yale``.

    Dataset.groups["condition"] is one of CONDITIONS. The notes name the images that are missing and count
    those that are a copy of another one: people without glasses were photographed once for "normal" and "noglasses",
    so leaving one image out can leave its copy in.

    leave_one_out : Dataset.splits has one round per image, the paper's protocol: recognise it by all the others.
    without_copies : leave the probe's copies out of its round. With a copy in the gallery the nearest image is found
    at distance 0 by any method: too easy. (The paper's own set, of 160 images of 16 people, was not published.)
    Raises UserError that shows the expected layout.
    """
    if without_copies and not leave_one_out:
        raise UserError("yale: without_copies is about the rounds of leave_one_out=true, which is not set")
    folder = locate(root, "yale", LAYOUT, "subject*.*")
    found: dict[tuple[int, int], str] = {}
    for name in sorted(path.name for path in folder.glob("subject*.*")):
        match = re.fullmatch(r"subject(\d\d)\.(\w+)", name)
        # The makers' archive calls this one image by the suffix of its format.
        condition = "centerlight" if name == "subject01.gif" else match[2] if match else ""
        if match and condition in CONDITIONS and 1 <= int(match[1]) <= PEOPLE:
            found[int(match[1]), CONDITIONS.index(condition)] = name
    if not found:
        raise UserError(f"{folder}: holds no subjectNN.condition. Expected below the data root:", LAYOUT)
    keys = sorted(found)
    images = FileImages(folder, tuple(found[key] for key in keys))
    people = sorted({person for person, _ in keys})
    labels = np.array([people.index(person) for person, _ in keys])
    content = _content(images)
    protocol = (
        f"Yale, {len(images)} of {PEOPLE * len(CONDITIONS)} images, {len(people)} people, {len(CONDITIONS)} conditions"
    )
    if leave_one_out:
        protocol += f"; leave one out, {len(images)} rounds"
        protocol += ", copies of the probe left out too" if without_copies else ""
    return Dataset(
        "yale",
        images,
        tuple(f"subject{person:02d}" for person in people),
        labels,
        splits=rounds(labels, content if without_copies else None) if leave_one_out else None,
        groups={"condition": tuple(CONDITIONS[condition] for _, condition in keys)},
        protocol=protocol,
        notes=_notes(set(keys), content),
    )


def _content(images: FileImages) -> np.ndarray:
    """Return for each image the number (N,) of the first image with the same bytes."""
    first: dict[bytes, int] = {}
    return np.array([first.setdefault((images.root / name).read_bytes(), i) for i, name in enumerate(images.names)])


def _notes(found: set[tuple[int, int]], content: np.ndarray) -> tuple[str, ...]:
    missing = [
        f"subject{person:02d}.{condition}"
        for person in range(1, PEOPLE + 1)
        for number, condition in enumerate(CONDITIONS)
        if (person, number) not in found
    ]
    notes = (f"missing: {', '.join(missing)}",) if missing else ()
    copies = len(content) - len(np.unique(content))
    return (*notes, f"byte-for-byte copies of another image: {copies}") if copies else notes
