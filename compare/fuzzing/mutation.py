"""Mutating files: what storage, transfers, other programs and other people do to them, drawn from a seed."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

#: The files of one input by their paths below a folder: a set is a list and its images, for one.
Files = dict[str, bytes]

#: Where programs that count go wrong.
INTEGERS = (0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, 1 << 63)

#: What may stand where a number is expected.
NUMBERS = (
    *("0", "-1", "1e999", "-1e999", "nan", "inf", ".5", "2147483648", "99999999999999999999", "9" * 5000, "1_0", "٣"),
    *('""', '"x"', "true", "null", "[]", "{}", "[1, 2]", "0x10", "1979-05-27"),
)

#: What may be found inside a text: markup, ends of lines, signs that are no letters, a path that leads out, depth.
SCRAPS = (
    *("\0", "\ufeff", "\r", "\n", "\x1b[2J", "\u2028", "é", "../../x", "%d", "'", '"', "<", "&", ",", ";", "=", "#"),
    *("[" * 20_000, "{" * 20_000, "<a>" * 5000, '{"a":' * 20_000, "a" * 70_000, "[[systems]]\n", "<!DOCTYPE a []>"),
)

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
WORD = re.compile(r"[A-Za-z_]\w+")


def mutate(files: Files, rng: Random) -> Files:
    """Return a copy of an input with one to four faults in one of its files; now and then that file is missing."""
    name = rng.choice(sorted(files))
    if len(files) > 1 and rng.random() < 0.02:
        return {other: content for other, content in files.items() if other != name}
    content = files[name]
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        content = _one_fault(content, rng)
    return {**files, name: content}


def write(files: Files, folder: Path) -> Path:
    """Write files below a folder, which is made if it is missing; returns the folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _one_fault(content: bytes, rng: Random) -> bytes:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() or "\n" in text:
        if text and rng.random() < 0.7:
            return rng.choice(IN_TEXT)(text, rng).encode("utf-8", "surrogatepass")
        if text and rng.random() < 0.1:
            return text.encode(rng.choice(("utf-16", "utf-8-sig", "utf-16-be", "utf-32")))
    return rng.choice(IN_BYTES)(content, rng)


def _place(length: int, rng: Random) -> int:
    """A place in a file: every second time among its first bytes, where formats keep what is to be counted."""
    return rng.randrange(min(length, 64) if rng.random() < 0.5 else length) if length else 0


def _span(length: int, rng: Random) -> tuple[int, int]:
    start = _place(length, rng)
    return start, min(length, start + rng.choice((1, 2, 4, 16, 100, 1000, 10_000)))


def _flip_bit(content: bytes, rng: Random) -> bytes:
    changed, at = bytearray(content or b"\0"), _place(len(content), rng)
    changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _write_byte(content: bytes, rng: Random) -> bytes:
    at = _place(len(content), rng)
    return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]


def _write_integer(content: bytes, rng: Random) -> bytes:
    at, size = _place(len(content), rng), rng.choice((2, 4, 8))
    value = rng.choice(INTEGERS) % (1 << 8 * size)
    return content[:at] + value.to_bytes(size, rng.choice(("little", "big"))) + content[at + size :]


def _write_noise(content: bytes, rng: Random) -> bytes:
    start, end = _span(len(content), rng)
    return content[:start] + rng.randbytes(end - start) + content[end:]


def _cut_off(content: bytes, rng: Random) -> bytes:
    return content[: _place(len(content), rng)]


def _cut_out(content: bytes, rng: Random) -> bytes:
    start, end = _span(len(content), rng)
    return content[:start] + content[end:]


def _repeat(content: bytes, rng: Random) -> bytes:
    start, end = _span(len(content), rng)
    return content[:end] + content[start:end] * rng.choice((1, 1, 2, 50)) + content[end:]


def _move(content: bytes, rng: Random) -> bytes:
    start, end = _span(len(content), rng)
    at = _place(len(content), rng)
    return content[:at] + content[start:end] + content[at:]


def _write_number(text: str, rng: Random) -> str:
    return _substitute(NUMBER, NUMBERS, text, rng)


def _write_word(text: str, rng: Random) -> str:
    words = WORD.findall(text)
    return _substitute(WORD, (*NUMBERS, *words[:50], ""), text, rng)


def _substitute(pattern: re.Pattern[str], choices: tuple[str, ...], text: str, rng: Random) -> str:
    found = list(pattern.finditer(text))
    if not found:
        return text
    one = rng.choice(found)
    return text[: one.start()] + rng.choice(choices) + text[one.end() :]


def _insert_scrap(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(SCRAPS) + text[at:]


def _drop_character(text: str, rng: Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _shuffle_lines(text: str, rng: Random) -> str:
    """One line twice, one line less, or two lines in each other's place."""
    lines = text.splitlines(keepends=True)
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            lines.insert(a, lines[b])
        case 1:
            del lines[a]
        case 2:
            lines[a], lines[b] = lines[b], lines[a]
    return "".join(lines)


IN_BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_flip_bit, _flip_bit, _write_byte, _write_integer, _write_integer),
    *(_write_noise, _cut_off, _cut_out, _repeat, _move),
)

IN_TEXT: tuple[Callable[[str, Random], str], ...] = (
    *(_write_number, _write_number, _write_word, _write_word),
    *(_insert_scrap, _drop_character, _shuffle_lines),
)
