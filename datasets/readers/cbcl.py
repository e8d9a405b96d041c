"""CBCL face and non-face patches: what boosted detectors were first trained on.

MIT Center For Biological and Computational Learning, "CBCL Face Database #1" (2000).
"""

from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image_folder import image_names
from eigen2arc.core.types import GALLERY, PROBE, Dataset
from eigen2arc.datasets.download.files import RemoteFile, locate, unnest
from eigen2arc.datasets.images.lazy import FileImages

CLASSES = ("non-face", "face")

#: folder -> (class, fold); the makers' archives, and the re-packed set that has no test part
FOLDERS = {
    "train/face": (1, 0),
    "train/non-face": (0, 0),
    "test/face": (1, 1),
    "test/non-face": (0, 1),
    "good": (1, 0),
    "bad": (0, 0),
}

LAYOUT = """\
cbcl/train/face/face00001.pgm ..., cbcl/train/non-face/B1_00001.pgm ..., cbcl/test/face/..., cbcl/test/non-face/...
or cbcl/good/face00001.png ..., cbcl/bad/B1_00001.png ...
(the makers' faces.tar.gz holds two more archives, face.train.tar.gz and face.test.tar.gz)"""

FILES = (RemoteFile("faces.tar.gz", "http://cbcl.mit.edu/projects/cbcl/software-datasets/faces.tar.gz"),)


def build(*, root: Path | str) -> Dataset:
    """Build CBCL as found below ``root/cbcl``.

    Dataset.people are the two CLASSES and labels the class of each patch: 0 non-face, 1 face. Dataset.fold: 0 =
    training, 1 = test; Dataset.splits, where there are both, says the same. Raises UserError that shows the expected
    layout.
    """
    folder = locate(root, "cbcl", LAYOUT, *FOLDERS)
    names: list[str] = []
    labels: list[int] = []
    fold: list[int] = []
    for part, (label, part_fold) in FOLDERS.items():
        top, *inside = part.split("/")
        place = unnest(unnest(folder / top).joinpath(*inside))
        if not place.is_dir():
            continue
        files = [name for name in image_names(place) if "/" not in name]
        names += [f"{place.relative_to(folder).as_posix()}/{name}" for name in files]
        labels += [label] * len(files)
        fold += [part_fold] * len(files)
    for label, name in enumerate(CLASSES):
        if label not in labels:
            raise UserError(f"{folder}: holds no {name} patch. Expected below the data root:", LAYOUT)
    faces = sum(labels)
    protocol = f"CBCL, {faces:,} faces and {len(labels) - faces:,} non-faces"
    images = FileImages(folder, tuple(names))
    splits = np.where(np.array(fold) == 0, GALLERY, PROBE)[None] if len(set(fold)) == 2 else None
    return Dataset("cbcl", images, CLASSES, np.array(labels), fold=np.array(fold), splits=splits, protocol=protocol)
