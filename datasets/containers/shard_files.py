"""Which shards a set has: files, folders, patterns with * and with braces, on one disk or several."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from eigen2arc.core.errors import UserError

#: More shards than any set has; {1..999999999} would fill the memory with names.
MOST_SHARDS = 1 << 20

BRACES = re.compile(r"\{([^{}]*)\}")
RANGE = re.compile(r"(\d+)\.\.(\d+)")


def find_shards(root: Path, patterns: Sequence[str]) -> tuple[Path, ...]:
    """The files of patterns such as "*.tar", "train-{000..099}.tar", "{a,b}/*.tar", "/disk2/faces" (its *.tar).

    They are looked for below ``root``, absolute ones where they say; in the order of the patterns. Raises UserError
    for one that finds nothing, and for a shard that is named twice.
    """
    found = [path for pattern in patterns for text in expand(pattern) for path in _find(root, text)]
    if len(set(found)) < len(found):
        twice = next(path for path in found if found.count(path) > 1)
        raise UserError(f"shards: {twice} is named twice")
    return tuple(found)


def expand(pattern: str) -> Iterator[str]:
    """Braces as a shell expands them: {008..011} counts with leading zeros, {a,b} lists. Raises UserError."""
    braces = BRACES.search(pattern)
    if braces is None:
        yield pattern
        return
    for choice in _choices(braces[1], pattern):
        yield from expand(pattern[: braces.start()] + choice + pattern[braces.end() :])


def _choices(inside: str, pattern: str) -> list[str]:
    counted = RANGE.fullmatch(inside)
    if counted is None:
        return inside.split(",")
    first, last = int(counted[1]), int(counted[2])
    if not 0 <= last - first < MOST_SHARDS:
        raise UserError(f"shards: {pattern}: expected {{first..last}}, last not below first, got {{{inside}}}")
    return [str(number).zfill(len(counted[1])) for number in range(first, last + 1)]


def _find(root: Path, text: str) -> list[Path]:
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
