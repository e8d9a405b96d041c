"""Verification pairs in one .bin file (lfw.bin, cfp_fp.bin, agedb_30.bin), as InsightFace publishes them.

Deng, Guo, Xue, Zafeiriou, "ArcFace" (CVPR 2019) and its successors report LFW, CFP-FP and AgeDB-30 on these crops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, decode
from eigen2arc.core.types import Dataset, Trials
from eigen2arc.datasets.containers.numbered_names import NumberedNames
from eigen2arc.datasets.containers.pickled_pairs import Pairs, read_pairs
from eigen2arc.datasets.containers.sidecar import content_sha256, read_at

LAYOUT = """\
ROOT/lfw.bin, ROOT/cfp_fp.bin, ROOT/agedb_30.bin, ...   beside the .rec file of a training set, or anywhere"""

FOLDS = 10


@dataclass(frozen=True)
class BinImages:
    """The images of a .bin file, read when they are asked for; implements core.types.Images.

    ``images[i]`` may be called from many threads. It raises core.image.ImageError, which names file and image.
    """

    path: Path
    pairs: Pairs

    def __len__(self) -> int:
        return len(self.pairs.offsets)

    @property
    def names(self) -> Sequence[str]:
        return NumberedNames(np.arange(len(self)), "{:06d}")

    def __getitem__(self, index: int) -> np.ndarray:
        pairs, name = self.pairs, f"{self.path}: image {range(len(self))[index]}"
        data = read_at(self.path, int(pairs.offsets[index]), int(pairs.sizes[index]))
        if pairs.as_text[index]:
            try:
                data = data.decode("utf-8").encode("latin-1")
            except UnicodeError as error:
                raise ImageError(f"{name}: is damaged ({error})") from error
        return decode(data, name)

    @cached_property
    def version(self) -> str:
        """SHA-256 of the file."""
        return content_sha256(self.path).hex()


def build(*, root: Path | str, stem: str = "lfw") -> Dataset:
    """Build the data set of the aligned crops of ``root/stem.bin``, and the pairs that they are in.

    Images 2i and 2i + 1 are pair i; the folds are ten runs of pairs, in order, as InsightFace's evaluation takes them.
    Nothing says who is who, so Dataset.labels is None. The file is a pickle; it is read without being run.

    stem : the file's name without ".bin". Raises UserError for a file that is missing, or is anything else.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected:", LAYOUT)
    path = folder / f"{stem}.bin"
    if not path.is_file():
        raise UserError(f"{path}: no such file. Expected:", LAYOUT)
    pairs = read_pairs(path)
    count = len(pairs.same)
    fold = np.concatenate([np.full(len(run), n) for n, run in enumerate(np.array_split(np.arange(count), FOLDS))])
    trials = Trials(2 * np.arange(count), 2 * np.arange(count) + 1, pairs.same, fold)
    protocol = f"{stem}.bin, {count:,} pairs in {min(count, FOLDS)} folds, aligned crops"
    return Dataset("insightface_bin", BinImages(path, pairs), trials=trials, protocol=protocol)
