"""Images of several sets as those of one, one set after the other."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from eigen2arc.core.types import Images


@dataclass(frozen=True)
class ConcatImages:
    """The images of several sets, one set after the other; implements core.types.Images.

    titles : what the names of each set's images begin with, each another; its number where there are none.
    """

    parts: tuple[Images, ...]
    titles: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        titles = self.titles or range(len(self.parts))
        return tuple(f"{title}/{name}" for title, part in zip(titles, self.parts, strict=True) for name in part.names)

    @cached_property
    def ends(self) -> tuple[int, ...]:
        return tuple(accumulate(len(part) for part in self.parts))

    def __len__(self) -> int:
        return self.ends[-1]

    def __getitem__(self, index: int) -> np.ndarray:
        number = range(len(self))[index]
        part = next(n for n, end in enumerate(self.ends) if number < end)
        return self.parts[part][number - (self.ends[part] - len(self.parts[part]))]

    @cached_property
    def version(self) -> str:
        """Digest of the sets' own, in their order."""
        return hashlib.sha256(" ".join(part.version for part in self.parts).encode()).hexdigest()
