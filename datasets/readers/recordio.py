"""Aligned crops in MXNet's RecordIO (.rec, .idx, property), as the training sets of InsightFace come.

Deng, Guo, Xue, Zafeiriou, "ArcFace" (CVPR 2019) and its successors publish MS1MV2, Glint360K, WebFace and others so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from eigen2arc.core.bounds import Ge, Le, Seed
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import decode
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.containers.numbered_names import NumberedNames
from eigen2arc.datasets.containers.recordio_format import read_record
from eigen2arc.datasets.containers.recordio_labels import image_records
from eigen2arc.datasets.containers.sidecar import cached, content_sha256
from eigen2arc.datasets.download.files import read_lines
from eigen2arc.datasets.lists.entries import is_count
from eigen2arc.datasets.protocols.labelled_crops import labelled_crops

LAYOUT = """\
ROOT/train.rec       the images, records as MXNet writes them
ROOT/train.idx       a record's number and its offset in each line (may be missing: the .rec is read through)
ROOT/property        people,height,width (may be missing)
ROOT/people.txt      a person's name in each line, in the order of their labels (may be missing)"""


@dataclass(frozen=True)
class RecordImages:
    """The images of a .rec file, read when they are asked for; implements core.types.Images.

    rec : the file. numbers, offsets : (N,) int64, which records they are, and where these begin.
    ``images[i]`` may be called from many threads. It raises core.image.ImageError, which names file and record.
    """

    rec: Path
    numbers: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def names(self) -> Sequence[str]:
        return NumberedNames(self.numbers, "{:09d}")

    def __getitem__(self, index: int) -> np.ndarray:
        name = f"{self.rec}: record {self.numbers[index]}"
        return decode(read_record(self.rec, int(self.offsets[index]), name).content, name)

    @cached_property
    def version(self) -> str:
        """SHA-256 of the .rec file, cached in a sidecar: of a hundred gigabytes it takes minutes."""
        return content_sha256(self.rec).hex()


def build(
    *,
    root: Path | str,
    stem: str = "train",
    pairs_per_fold: Literal[0] | Annotated[int, Ge(2), Le(1_000_000)] = 0,
    seed: Seed = 0,
) -> Dataset:
    """Build the data set of the images of ``root/stem.rec``, aligned crops of one face each, so Dataset.faces is None.

    What is found out about millions of records is cached in a sidecar.

    stem : the files' name without ".rec" and ".idx". pairs_per_fold : 0 for no Dataset.trials; else up to ten folds of
    so many pairs that share no person, drawn with ``seed``. Raises UserError for files that are missing or do not
    belong together; an image that is damaged raises core.image.ImageError when it is asked for, and has the label -1
    where nothing else says whose it is.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected:", LAYOUT)
    rec, idx = folder / f"{stem}.rec", folder / f"{stem}.idx"
    if not rec.is_file():
        raise UserError(f"{rec}: no such file. Expected:", LAYOUT.replace("train.", f"{stem}."))
    has_index = idx.is_file()
    files = [rec, idx] if has_index else [rec]
    found = cached(files, "labels", lambda: image_records(rec, idx if has_index else None))
    if len(found["label"]) == 0:
        raise UserError(f"{rec}: holds no image")
    _check_property(folder / "property", int(found["label"].max()), rec)
    return labelled_crops(
        "recordio",
        f"RecordIO {folder.resolve().name}/{stem}",
        RecordImages(rec, found["number"], found["offset"]),
        found["label"],
        folder / "people.txt",
        pairs_per_fold=pairs_per_fold,
        seed=seed,
    )


def _check_property(path: Path, highest_label: int, rec: Path) -> None:
    """Check that the file property belongs to this .rec: it says how many people there are, no label may be beyond."""
    if not path.is_file():
        return
    first = "".join(read_lines(path)[:1])
    people = first.split(",")[0].strip()
    if not is_count(people):
        raise UserError(f"{path}: expected people,height,width, got {first[:60]!r}")
    if highest_label >= int(people):
        raise UserError(f"{path}: says {people} people, {rec.name} has the label {highest_label}: not of one set?")
