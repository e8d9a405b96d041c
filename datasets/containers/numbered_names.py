"""Names for images that their container only numbers, and names that fit into a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from eigen2arc.core.errors import UserError


@dataclass(frozen=True)
class NumberedNames(Sequence[str]):
    """The names of millions of images, each made when it is asked for.

    numbers : (N,) of the images. form : what str.format makes of a number, as "{:06d}".
    """

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


def check_lines(names: Sequence[str]) -> None:
    """Raise UserError for a name that does not fit into one line of a UTF-8 text file, and a column of it."""
    for name in names:
        if name.splitlines() != [name] or "\t" in name or name.encode("utf-8", "ignore").decode() != name:
            raise UserError(
                f"{name!r}: a name that is listed must be one line of text, without tabs, in UTF-8; rename it"
            )
