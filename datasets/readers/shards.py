"""Aligned crops in shards of WebDataset (.tar), on one disk or several, read at random."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Literal, overload

import numpy as np

from eigen2arc.core.bounds import Ge, Le, Length, Seed
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, decode
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.containers.sidecar import cached, content_sha256, read_at
from eigen2arc.datasets.containers.webdataset import index_shard
from eigen2arc.datasets.protocols.labelled_crops import labelled_crops

LAYOUT = """\
ROOT/000000.tar, ROOT/000001.tar, ...   each with KEY.jpg (or .png) and KEY.json {"label": 3} or KEY.cls
ROOT/people.txt                         a person's name in each line, in the order of the labels (may be missing)"""

#: More shards than any set has; {1..999999999} would fill the memory with names.
MOST_SHARDS = 1 << 20

BRACES = re.compile(r"\{([^{}]*)\}")
RANGE = re.compile(r"(\d+)\.\.(\d+)")


@dataclass(frozen=True)
class ShardNames(Sequence[str]):
    """The names of the images in shards, SHARD/KEY, each made when it is asked for.

    shards : a name for each. ends : (S,) int64, how many images there are to the end of each. keys : uint8, the keys in
    UTF-8 one after the other. key_ends : (N,) int64, where each ends.
    """

    shards: tuple[str, ...]
    ends: np.ndarray
    keys: np.ndarray
    key_ends: np.ndarray

    def __len__(self) -> int:
        return len(self.key_ends)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        numbers = range(len(self))[index]
        if isinstance(numbers, range):
            return [self[i] for i in numbers]
        return f"{self.shards[self.shard(numbers)]}/{self.key(numbers)}"

    def key(self, index: int) -> str:
        """Return the key of an image."""
        start = self.key_ends[index - 1] if index else 0
        return self.keys[start : self.key_ends[index]].tobytes().decode()

    def shard(self, index: int) -> int:
        """Return the number of the shard that an image is in."""
        return int(np.searchsorted(self.ends, index, side="right"))


@dataclass(frozen=True)
class ShardImages:
    """The images in tar archives, read when they are asked for; implements core.types.Images.

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
        name = f"{path}: {self.names.key(index)}"
        data = read_at(path, int(self.offsets[index]), size)
        if len(data) < size:
            raise ImageError(f"{name}: the shard was cut off, {len(data):,} of {size:,} bytes are there")
        return decode(data, name)

    @cached_property
    def version(self) -> str:
        """SHA-256 over the shards' names and contents; those of the contents are cached in sidecars."""
        total = hashlib.sha256()
        for name, path in zip(self.names.shards, self.paths, strict=True):
            total.update(name.encode() + b"\0" + content_sha256(path))
        return total.hexdigest()


def build(
    *,
    root: Path | str,
    shards: str | Annotated[list[str], Length(1)] = "*.tar",
    pairs_per_fold: Literal[0] | Annotated[int, Ge(2), Le(1_000_000)] = 0,
    seed: Seed = 0,
) -> Dataset:
    """Build the data set of the images of shards below ``root``, aligned crops of one face each: Dataset.faces is None.

    What is in a shard is cached in a sidecar, so that its headers are read once.

    shards : which, one pattern or several: "*.tar", "train-{000..099}.tar", "/disk2/faces" for what does not fit one
    disk. pairs_per_fold : 0 for no Dataset.trials; else up to ten folds of so many pairs that share no person, drawn
    with ``seed``. Raises UserError for a shard that is missing or damaged; an image that is damaged raises
    core.image.ImageError when it is asked for.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected:", LAYOUT)
    patterns = [shards] if isinstance(shards, str) else shards
    paths = _find_shards(folder, patterns)
    pieces = [cached([path], "index", partial(index_shard, path)) for path in paths]
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    if len(columns["label"]) == 0:
        raise UserError(f"{folder}: these {len(paths)} shards hold no image. Expected:", LAYOUT)
    images = [len(piece["label"]) for piece in pieces]
    before = np.cumsum([0, *(len(piece["keys"]) for piece in pieces)])[:-1]
    key_ends = columns["key_end"] + np.repeat(before, images)
    names = ShardNames(_names(paths), np.cumsum(images), columns["keys"], key_ends)
    return labelled_crops(
        "shards",
        f"{len(paths):,} shards of {folder.resolve().name}",
        ShardImages(paths, names, columns["offset"], columns["size"]),
        columns["label"],
        folder / "people.txt",
        pairs_per_fold=pairs_per_fold,
        seed=seed,
    )


def _find_shards(root: Path, patterns: Sequence[str]) -> tuple[Path, ...]:
    """Find the files of patterns such as "*.tar", "train-{000..099}.tar", "{a,b}/*.tar", "/disk2/faces" (its *.tar).

    They are searched for below ``root``, absolute ones where they say; in the order of the patterns. Raises UserError
    for one that finds nothing, and for a shard that is named twice.
    """
    found = [path for pattern in patterns for text in expand_braces(pattern) for path in _find_files(root, text)]
    if len(set(found)) < len(found):
        raise UserError(f"shards: {Counter(found).most_common(1)[0][0]} is named twice")
    return tuple(found)


def expand_braces(pattern: str) -> Iterator[str]:
    """Expand braces as a shell does: {008..011} counts with leading zeros, {a,b} lists. Raises UserError."""
    braces = BRACES.search(pattern)
    if braces is None:
        yield pattern
        return
    for choice in _choices(braces[1], pattern):
        yield from expand_braces(pattern[: braces.start()] + choice + pattern[braces.end() :])


def _choices(inside: str, pattern: str) -> list[str]:
    counted = RANGE.fullmatch(inside)
    if counted is None:
        return inside.split(",")
    first, last = int(counted[1]), int(counted[2])
    if not 0 <= last - first < MOST_SHARDS:
        raise UserError(f"shards: {pattern}: expected {{first..last}}, last not below first, got {{{inside}}}")
    return [str(number).zfill(len(counted[1])) for number in range(first, last + 1)]


def _find_files(root: Path, text: str) -> list[Path]:
    path = root / text
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(path.glob("*.tar"))
    elif any(sign in text for sign in "*?["):
        base = Path(Path(text).anchor) if Path(text).is_absolute() else root
        found = sorted(base.glob(text.removeprefix(str(Path(text).anchor))))
    else:
        found = []
    if not found:
        raise UserError(f"{path}: no such shard; expected .tar files, or patterns of them in the setting shards")
    return found


def _names(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """Name each shard the same on every machine: by its file, and by its folder's number where folders are several.

    Each folder may have a 000000.tar.
    """
    folders = list(dict.fromkeys(path.parent for path in paths))
    if len(folders) == 1:
        return tuple(path.stem for path in paths)
    return tuple(f"{folders.index(path.parent)}/{path.stem}" for path in paths)
