"""Where the images in a pickle of ([bytes, ...], [bool, ...]) lie in the file, found out without running it.

A pickle is a program for a machine with a stack that may call anything. This one knows only the instructions that
lists, byte strings and truth values need (protocols 2 to 5, and byte strings as Python 2 wrote them), takes for a byte
string where it lies in the file, and refuses every other. It imports and calls nothing. Ours, because pickle's own,
restricted or not, makes the objects: all the images in memory, where this one finds out where they lie.
"""

import mmap
import pickletools
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eigen2arc.core.errors import UserError

#: Byte -> opcode.
NAMES = {opcode.code: opcode.name for opcode in pickletools.opcodes}

#: Opcode -> bytes of the length in front of its content.
LENGTH_BYTES = {
    "SHORT_BINSTRING": 1,
    "SHORT_BINBYTES": 1,
    "SHORT_BINUNICODE": 1,
    "BINSTRING": 4,
    "BINBYTES": 4,
    "BINUNICODE": 4,
    "BINBYTES8": 8,
    "BINUNICODE8": 8,
    "BYTEARRAY8": 8,
}

#: Opcode -> bytes of the number behind it.
NUMBER_BYTES = {
    "PROTO": 1,
    "FRAME": 8,
    "BININT1": 1,
    "BININT2": 2,
    "BININT": 4,
    "BINPUT": 1,
    "LONG_BINPUT": 4,
    "BINGET": 1,
    "LONG_BINGET": 4,
}

#: Protocol 2 has no byte strings: Python 3 writes them as text, one character a byte, and a call that encodes it. The
#: call is never made, its arguments show what is meant.
ENCODE = b"_codecs\nencode\n"

#: More things than any set of pairs has; a pickle that goes on is made to fill the memory.
MOST_THINGS = 1 << 22


class ByteString(NamedTuple):
    """A byte string of a pickle: its ``size`` bytes from ``offset`` on in the file.

    as_text : its bytes are characters of UTF-8, each of which is to be one byte.
    """

    offset: int
    size: int
    as_text: bool


class Pairs(NamedTuple):
    """The P pairs of a file: images 2i and 2i + 1 are pair i.

    offsets, sizes : (2P,) int64 and as_text : (2P,) bool of the images, see ByteString; same : (P,) bool.
    """

    offsets: np.ndarray
    sizes: np.ndarray
    as_text: np.ndarray
    same: np.ndarray


def read_pairs(path: Path) -> Pairs:
    """Read the pairs of a file, and where their images lie in it. Raises UserError for one that holds anything else."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            made = _Machine(path, content).run()
    except UserError:
        raise
    except (OSError, ValueError) as error:  # no memory is mapped for an empty file
        raise UserError(f"{path}: cannot be read ({error})") from error
    return _check(path, made)


def _check(path: Path, made: Any) -> Pairs:
    if not (isinstance(made, tuple | list) and len(made) == 2 and all(isinstance(part, list) for part in made)):
        raise UserError(f"{path}: expected a list of images and a list of truth values")
    images, same = made
    if not all(isinstance(image, ByteString) for image in images):
        raise UserError(f"{path}: expected images as byte strings")
    if not all(isinstance(one, int) and one in (0, 1) for one in same):
        raise UserError(f"{path}: expected a truth value for each pair")
    if not same or len(images) != 2 * len(same):
        raise UserError(f"{path}: expected two images for each pair, got {len(images):,} for {len(same):,}")
    offsets, sizes, as_text = np.array(images, np.int64).T
    return Pairs(offsets.copy(), sizes.copy(), as_text.astype(bool), np.array(same, bool))


class _Machine:
    """A machine that runs over the instructions once; what they make is ByteStrings, numbers, tuples and lists."""

    def __init__(self, path: Path, content: mmap.mmap) -> None:
        self.path = path
        self.content = content
        self.at = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        for _ in range(MOST_THINGS):
            start = self.at
            name = NAMES.get(self._take(1).decode("latin-1"), "of no known kind")
            if name == "STOP":
                return self.stack.pop() if self.stack else None
            try:
                self._step(name)
            except (IndexError, KeyError, TypeError, AttributeError):
                self._refuse(start, f"the instruction {name} without what it needs")
        return self._refuse(self.at, f"more than {MOST_THINGS:,} instructions")

    def _step(self, name: str) -> None:
        """Run one instruction, see pickletools for what each does."""
        stack, start = self.stack, self.at - 1
        number = int.from_bytes(self._take(NUMBER_BYTES.get(name, 0)), "little")
        if name in LENGTH_BYTES:
            size = int.from_bytes(self._take(LENGTH_BYTES[name]), "little")
            stack.append(ByteString(self.at, size, "UNICODE" in name))
            self._skip(size)
        elif name in ("BININT", "BININT1", "BININT2"):
            stack.append(number)
        elif name in ("NEWTRUE", "NEWFALSE"):
            stack.append(name == "NEWTRUE")
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "MARK":
            self.marks.append(len(stack))
        elif name in ("TUPLE", "TUPLE2"):
            first = self.marks.pop() if name == "TUPLE" else len(stack) - 2
            stack[first:] = [tuple(stack[first:])]
        elif name in ("APPEND", "APPENDS"):
            first = self.marks.pop() if name == "APPENDS" else len(stack) - 1
            stack[first - 1].extend(stack[first:])
            del stack[first:]
        elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self.memo[len(self.memo) if name == "MEMOIZE" else number] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self.memo[number])
        elif name == "GLOBAL" and self.content[self.at : self.at + len(ENCODE)] == ENCODE:
            self._skip(len(ENCODE))
            stack.append(ENCODE)
        elif name == "REDUCE":
            self._encode(*stack.pop())
        elif name not in ("PROTO", "FRAME"):
            self._refuse(start, f"the instruction {name}")

    def _encode(self, text: ByteString, codec: ByteString) -> None:
        """Put the first argument in place of the call, if it is the one that Python 3 writes for byte strings."""
        if self.stack.pop() is not ENCODE or self.content[codec.offset : codec.offset + codec.size] != b"latin1":
            self._refuse(self.at - 1, "a call")
        self.stack.append(text)

    def _take(self, count: int) -> bytes:
        self._skip(count)
        return self.content[self.at - count : self.at]

    def _skip(self, count: int) -> None:
        if count > len(self.content) - self.at:
            self._refuse(self.at, f"{count:,} bytes promised, {len(self.content) - self.at:,} there")
        self.at += count

    def _refuse(self, at: int, what: str) -> Any:
        raise UserError(
            f"{self.path}: is damaged, or is no pickle of images and pairs as InsightFace makes them: {what} at byte "
            f"{at:,}. Nothing in it was run"
        )
