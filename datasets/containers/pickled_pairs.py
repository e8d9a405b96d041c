"""Where the images in a pickle of ([bytes, ...], [bool, ...]) lie in the file, found out without running it.

A pickle is a program for a machine with a stack that may call anything. This one knows only the instructions that
lists, byte strings and truth values need (protocols 2 to 5, and byte strings as Python 2 wrote them), and the calls by
which numpy's arrays of bytes and truth values are written; it takes for a byte string where it lies in the file, and
refuses every other. It imports and calls nothing. Ours, because pickle's own, restricted or not, makes the objects: all
the images in memory, where this one finds out where they lie.
"""

import mmap
import pickletools
from dataclasses import dataclass
from math import prod
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

#: Protocol 2 has no byte strings: Python 3 writes them as text, one character a byte, and a call that encodes it. An
#: array is a call, too. None is ever made, its arguments show what is meant. By the name in the pickle; numpy 2 has
#: moved some.
CALLS = {
    b"_codecs.encode": "encode",
    b"numpy.ndarray": "ndarray",
    b"numpy.dtype": "dtype",
    **{f"numpy.{core}.multiarray._reconstruct".encode(): "reconstruct" for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray.scalar".encode(): "scalar" for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer".encode(): "frombuffer" for core in ("core", "_core")},
}

#: A name in a pickle, of a module for one, is short.
MOST_NAME_BYTES = 99

#: More things than any set of pairs has; a pickle that goes on is made to fill the memory.
MOST_THINGS = 1 << 22


class ByteString(NamedTuple):
    """A byte string of a pickle: its ``size`` bytes from ``offset`` on in the file.

    as_text : its bytes are characters of UTF-8, each of which is to be one byte.
    """

    offset: int
    size: int
    as_text: bool


NOTHING = ByteString(0, 0, False)


@dataclass
class Array:
    """An array of a pickle, without content until the pickle says what is in it. dtype : as numpy abbreviates it."""

    dtype: bytes = b""
    shape: tuple[int, ...] = ()
    content: ByteString = NOTHING

    def fill(self, dtype: Any, shape: Any, content: Any) -> "Array":
        """Set what is in it. Raises TypeError where that cannot be in an array."""
        if not (isinstance(dtype, Dtype) and isinstance(content, ByteString) and isinstance(shape, tuple)):
            raise TypeError
        if not all(isinstance(size, int) for size in shape):
            raise TypeError
        self.dtype, self.shape, self.content = dtype.name, shape, content
        return self


class Call(NamedTuple):
    """Something that the pickle would call; one of the values of CALLS."""

    name: str


class Dtype(NamedTuple):
    """The type of an array's values, as numpy abbreviates it."""

    name: bytes


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
            return _check(path, _Machine(path, content).run(), content)
    except UserError:
        raise
    except (OSError, ValueError) as error:  # no memory is mapped for an empty file
        raise UserError(f"{path}: cannot be read ({error})") from error


def _check(path: Path, made: Any, content: mmap.mmap) -> Pairs:
    if isinstance(made, tuple | list) and len(made) == 2 and isinstance(made[1], Array) and made[1].dtype == b"b1":
        values = made[1].content
        made = (made[0], list(content[values.offset : values.offset + values.size]))
    if not (isinstance(made, tuple | list) and len(made) == 2 and all(isinstance(part, list) for part in made)):
        raise UserError(f"{path}: expected a list of images and a list of truth values")
    images, same = [_unpacked(image) for image in made[0]], made[1]
    if any(isinstance(image, Array) for image in images):
        raise UserError(f"{path}: expected the bytes of image files, got arrays of pixels")
    if not all(isinstance(image, ByteString) for image in images):
        raise UserError(f"{path}: expected images as byte strings")
    if not all(isinstance(one, int) and one in (0, 1) for one in same):
        raise UserError(f"{path}: expected a truth value for each pair")
    if not same or len(images) != 2 * len(same):
        raise UserError(f"{path}: expected two images for each pair, got {len(images):,} for {len(same):,}")
    offsets, sizes, as_text = np.array(images, np.int64).T
    return Pairs(offsets.copy(), sizes.copy(), as_text.astype(bool), np.array(same, bool))


def _unpacked(image: Any) -> Any:
    """The byte string in an array that is a row, or a column, of bytes; anything else as it is."""
    if not isinstance(image, Array) or image.dtype != b"u1":
        return image
    is_row = max(image.shape, default=1) == prod(image.shape)
    fits = image.content.as_text or image.content.size == prod(image.shape)
    return image.content if is_row and fits else image


class _Machine:
    """A machine that runs over the instructions once.

    What they make is ByteStrings, numbers, tuples, lists, and Arrays with what these are made by.
    """

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
            except UserError:
                raise
            except (IndexError, KeyError, TypeError, AttributeError, ValueError):
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
        elif name == "NONE":
            stack.append(None)
        elif name in ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"):
            first = self.marks.pop() if name == "TUPLE" else len(stack) - int(name[-1])
            stack[first:] = [tuple(stack[first:])]
        elif name in ("APPEND", "APPENDS"):
            first = self.marks.pop() if name == "APPENDS" else len(stack) - 1
            stack[first - 1].extend(stack[first:])
            del stack[first:]
        elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self.memo[len(self.memo) if name == "MEMOIZE" else number] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self.memo[number])
        elif name == "GLOBAL":
            stack.append(self._call(self._line(), self._line()))
        elif name == "STACK_GLOBAL":
            inside = self._bytes(stack.pop())
            stack.append(self._call(self._bytes(stack.pop()), inside))
        elif name == "REDUCE":
            arguments = stack.pop()
            stack.append(self._reduce(stack.pop().name, *arguments))
        elif name == "BUILD":
            self._build(stack.pop())
        elif name not in ("PROTO", "FRAME"):
            self._refuse(start, f"the instruction {name}")

    def _call(self, module: bytes, inside: bytes) -> Call:
        if (called := CALLS.get(module + b"." + inside)) is None:
            self._refuse(self.at - 1, f"a call of {(module + b'.' + inside)[:60]!r}")
        return Call(str(called))

    def _reduce(self, call: str, *arguments: Any) -> Any:
        """Return what the arguments of a call show that it would make."""
        if call == "encode" and self._bytes(arguments[1]) == b"latin1":
            return arguments[0]
        if call == "dtype":
            return Dtype(self._bytes(arguments[0]))
        if call == "reconstruct" and arguments[0] == Call("ndarray"):
            return Array()
        if call == "frombuffer":
            content, dtype, shape, _ = arguments
            return Array().fill(dtype, shape, content)
        if call == "scalar" and arguments[0].name == b"b1":
            return self._bytes(arguments[1]) == b"\1"
        return self._refuse(self.at - 1, "a call")

    def _build(self, state: Any) -> None:
        """Take over an array's state; that of a type of one byte, its order, says nothing."""
        made = self.stack[-1]
        if isinstance(made, Array):
            _, shape, dtype, _, content = state
            made.fill(dtype, shape, content)
        elif not isinstance(made, Dtype):
            self._refuse(self.at - 1, "a call")

    def _bytes(self, text: ByteString) -> bytes:
        """Read a short byte string."""
        return self.content[text.offset : text.offset + min(text.size, MOST_NAME_BYTES)]

    def _line(self) -> bytes:
        """Take a name, to the end of its line."""
        end = self.content.find(b"\n", self.at, self.at + MOST_NAME_BYTES)
        return self._take((end if end >= 0 else len(self.content)) + 1 - self.at)[:-1]

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
