"""Images of a data set, read when they are asked for: from files below a folder, or from arrays already in memory."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read


@dataclass(frozen=True)
class FileImages:
    """Image files below ``root``; implements core.types.Images.

    root : the set's folder. names : paths below it with forward slashes, unique, in the set's order.
    Images are uint8 RGB (H, W, 3); ``images[i]`` raises core.image.ImageError, which names the file.
    """

    root: Path
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root))
        object.__setattr__(self, "names", _check_names(self.names))

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        return read(self.root / self.names[index])

    @cached_property
    def version(self) -> str:
        """sha256 over all names and file contents, taken once, when it is first asked for."""
        # One after the other: threads that hand over small files were measured to be slower (LFW, 7,701 files).
        return _combine(self.names, (_content_digest(self.root / name) for name in self.names))


@dataclass(frozen=True)
class ArrayImages:
    """Images in memory, each uint8 RGB (H, W, 3), read-only; implements core.types.Images."""

    arrays: Sequence[np.ndarray]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _check_names(self.names))
        if len(self.arrays) != len(self.names):
            raise ValueError(f"ArrayImages: expected one name per image, got {len(self.names)} for {len(self.arrays)}")
        for array, name in zip(self.arrays, self.names, strict=True):
            check_image(array, name)
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.arrays[index]

    @cached_property
    def version(self) -> str:
        """sha256 over all names, shapes and pixels."""
        contents = (str(array.shape).encode() + array.tobytes() for array in self.arrays)
        return _combine(self.names, (hashlib.sha256(content).digest() for content in contents))


def _check_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names are compared and stored on other machines: they have to be unique and below the set's folder.

    They come from a list as a rule, so that a wrong one is the user's to mend.
    """
    names = tuple(names)
    if len(set(names)) != len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise UserError(f"image names: expected each once, got {twice!r} more than once")
    for name in names:
        # A backslash is a letter of a name, as archives from Windows leave it, but a separator on Windows.
        if name.startswith("/") or ".." in name.replace("\\", "/").split("/"):
            raise UserError(f"image names: expected a path below the set's folder, got {name!r}")
    return names


def _content_digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        # A file that cannot be read is counted as such by whoever runs the protocol; it has a version all the same.
        return b"unreadable"


def _combine(names: Sequence[str], digests: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for name, digest in zip(names, digests, strict=True):
        total.update(name.encode(errors="surrogateescape") + b"\0" + digest)
    return total.hexdigest()
