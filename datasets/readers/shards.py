"""Aligned crops in shards of WebDataset (.tar), on one disk or several, read at random."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import overload

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, decode
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.containers.shard_files import find_shards
from eigen2arc.datasets.containers.shard_samples import index_shard
from eigen2arc.datasets.containers.sidecar import content_sha256, kept, read_at
from eigen2arc.datasets.protocols.labelled_crops import labelled_crops

LAYOUT = """\
ROOT/000000.tar, ROOT/000001.tar, ...   each with KEY.jpg (or .png) and KEY.json {"label": 3} or KEY.cls
ROOT/people.txt                         a person's name in each line, in the order of the labels (may be missing)"""


@dataclass(frozen=True)
class ShardNames(Sequence[str]):
    """SHARD/KEY for each image, made when it is asked for.

    shards : a name for each. ends : (S,) int64, how many images there are to the end of each. keys : (N,) bytes.
    """

    shards: tuple[str, ...]
    ends: np.ndarray
    keys: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        numbers = range(len(self))[index]
        if isinstance(numbers, range):
            return [self[i] for i in numbers]
        return f"{self.shards[self.shard(numbers)]}/{self.keys[numbers].decode()}"

    def shard(self, index: int) -> int:
        """The number of the shard that an image is in."""
        return int(np.searchsorted(self.ends, index, side="right"))


@dataclass(frozen=True)
class ShardImages:
    """Images in tar archives, read when they are asked for; implements core.types.Images.

    paths : the shards. names : of the images. offsets, sizes : (N,) int64, where they are in their shard.
    ``images[i]`` may be called from many threads. It raises core.image.ImageError, which names shard and key.
    """

    paths: tuple[Path, ...]
    names: ShardNames
    offsets: np.ndarray
    sizes: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        index = range(len(self))[index]
        path, size = self.paths[self.names.shard(index)], int(self.sizes[index])
        name = f"{path}: {self.names.keys[index].decode()}"
        data = read_at(path, int(self.offsets[index]), size)
        if len(data) < size:
            raise ImageError(f"{name}: the shard was cut off, {len(data):,} of {size:,} bytes are there")
        return decode(data, name)

    @cached_property
    def version(self) -> str:
        """SHA-256 over the shards' names and contents; those of the contents are kept beside them."""
        total = hashlib.sha256()
        for name, path in zip(self.names.shards, self.paths, strict=True):
            total.update(name.encode() + b"\0" + content_sha256(path))
        return total.hexdigest()


def build(*, root: Path | str, shards: str | list[str] = "*.tar", pairs_per_fold: int = 0, seed: int = 0) -> Dataset:
    """The images of shards below ``root``, aligned crops of one face each, so Dataset.faces is None.

    shards : which, one pattern or several: "*.tar", "train-{000..099}.tar", "/disk2/faces" for what does not fit one
    disk. pairs_per_fold : 0 for no Dataset.trials; else up to ten folds of so many pairs that share no person, drawn
    with ``seed``. Where what is in a shard is kept beside it, so that its headers are read once. Raises UserError for
    a shard that is missing or damaged; an image that is damaged raises core.image.ImageError when it is asked for.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected:\n{LAYOUT}")
    patterns = [shards] if isinstance(shards, str) else shards
    if not (isinstance(patterns, list) and patterns and all(isinstance(pattern, str) for pattern in patterns)):
        raise UserError(f"shards: shards={shards!r}: expected a pattern, or a list of patterns")
    paths = find_shards(folder, patterns)
    pieces = [kept([path], "index", partial(index_shard, path)) for path in paths]
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    if len(columns["key"]) == 0:
        raise UserError(f"{folder}: these {len(paths)} shards hold no image. Expected:\n{LAYOUT}")
    names = ShardNames(_names(paths), np.cumsum([len(piece["key"]) for piece in pieces]), columns["key"])
    return labelled_crops(
        "shards",
        f"{len(paths):,} shards of {folder.resolve().name}",
        ShardImages(paths, names, columns["offset"], columns["size"]),
        columns["label"],
        folder / "people.txt",
        pairs_per_fold=pairs_per_fold,
        seed=seed,
    )


def _names(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """A name for each shard that is the same on every machine: its file's; with its folder's number where folders are
    several, because each may have a 000000.tar."""
    folders = list(dict.fromkeys(path.parent for path in paths))
    if len(folders) == 1:
        return tuple(path.stem for path in paths)
    return tuple(f"{folders.index(path.parent)}/{path.stem}" for path in paths)
