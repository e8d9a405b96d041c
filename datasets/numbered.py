"""Names for what a container only numbers: images by their number, people by their label."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np

from eigen2arc.core.errors import UserError

from .files import read_lines


@dataclass(frozen=True)
class NumberedNames(Sequence[str]):
    """Names of millions of images, made when they are asked for. form : what str.format makes of a number."""

    numbers: np.ndarray
    form: str

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return NumberedNames(self.numbers[index], self.form)
        return self.form.format(int(self.numbers[index]))


def named_people(labels: np.ndarray, names: Path) -> tuple[tuple[str, ...], np.ndarray]:
    """The people of a container's labels (N,) int64, -1 where unknown, and the labels into these people.

    names : a text file with a person's name in each line, in the order of the labels; where there is none, people are
    called by their labels. People without an image are left out. Raises UserError for a label without a line.
    """
    used, into = np.unique(labels, return_inverse=True)
    unknown = int((used < 0).sum())
    used, into = used[unknown:], into - unknown
    into[labels < 0] = -1
    if not names.is_file():
        return tuple(map(str, used.tolist())), into
    lines = read_lines(names)
    if len(used) and used[-1] >= len(lines):
        raise UserError(f"{names}: has {len(lines):,} lines, but a label is {used[-1]}: not of one set?")
    people = tuple(lines[label] for label in used.tolist())
    if len(set(people)) < len(people):
        raise UserError(f"{names}: names one person twice")
    return people, into


def check_lines(names: Sequence[str]) -> None:
    """Raise UserError for a name that does not fit into one line of a text file, and a column of it."""
    for name in names:
        if name.splitlines() != [name] or "\t" in name:
            raise UserError(f"{name!r}: a name that is listed must be one line of text, without tabs")
