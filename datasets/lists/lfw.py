"""The lists that define LFW's protocols: pairs.txt, pairsDevTrain.txt, pairsDevTest.txt and people.txt."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.download.files import read_lines

from .entries import is_count, safe_name

#: A list that counts more is not this set's, or a set made in its form.
MOST_IMAGES = 1_000_000

#: person, number of the image
LfwImage = tuple[str, int]


def read_pairs(path: Path) -> tuple[list[tuple[LfwImage, LfwImage]], np.ndarray, np.ndarray]:
    """Read a list of pairs: pairs of (person, number), same (P,) bool, fold (P,) int64, in the file's order.

    First line: "folds<TAB>n" or "n"; then, in each fold, n lines "person i j" and n lines "person i person j".
    """
    lines = iter(enumerate(read_lines(path), 1))
    header = _numbers(path, *next(lines, (1, "")), "the number of folds and of pairs, or of pairs alone")
    folds, per_fold = header if len(header) == 2 else (1, header[0])
    pairs: list[tuple[LfwImage, LfwImage]] = []
    for _ in range(folds):
        pairs.extend(_read_pair(path, *_next(path, lines), fields=3) for _ in range(per_fold))
        pairs.extend(_read_pair(path, *_next(path, lines), fields=4) for _ in range(per_fold))
    _expect_end(path, lines)
    same = np.tile(np.repeat([True, False], per_fold), folds)
    return pairs, same, np.repeat(np.arange(folds), 2 * per_fold)


def read_people(path: Path) -> tuple[list[tuple[str, int]], np.ndarray]:
    """Read a list of people: (person, number of images), and the fold (N,) int64 of each.

    First line: "folds"; then, in each fold, n and n lines "person number-of-images".
    """
    lines = iter(enumerate(read_lines(path), 1))
    (folds,) = _numbers(path, *next(lines, (1, "")), "the number of folds")[:1]
    people: list[tuple[str, int]] = []
    fold: list[int] = []
    for f in range(folds):
        (count,) = _numbers(path, *_next(path, lines), "the number of people in the fold")[:1]
        for _ in range(count):
            line, text = _next(path, lines)
            parts = text.split()
            if len(parts) != 2 or not is_count(parts[1]) or "/" in parts[0]:
                raise UserError(f"{path}:{line}: expected 'person number-of-images', got {text!r}")
            people.append((_person(parts[0], f"{path}:{line}"), int(parts[1])))
            fold.append(f)
    _expect_end(path, lines)
    if sum(count for _, count in people) > MOST_IMAGES:
        raise UserError(f"{path}: counts more than {MOST_IMAGES:,} images: LFW has 13,233")
    return people, np.array(fold, np.int64)


def _person(name: str, where: str) -> str:
    """Check a person's name, of which those of a folder and of its images are made."""
    safe_name(f"{name}_{999_999_999}.jpg", where)
    return name


def _read_pair(path: Path, line: int, text: str, fields: int) -> tuple[LfwImage, LfwImage]:
    parts = text.split()
    form = "person i j" if fields == 3 else "person i person j"
    if len(parts) != fields or not is_count(parts[1]) or not is_count(parts[-1]) or "/" in text:
        raise UserError(f"{path}:{line}: expected '{form}', got {text!r}")
    for name in parts[: fields - 1 : 2]:
        _person(name, f"{path}:{line}")
    return (parts[0], int(parts[1])), (parts[0 if fields == 3 else 2], int(parts[-1]))


def _numbers(path: Path, line: int, text: str, what: str) -> list[int]:
    parts = text.split()
    if not 1 <= len(parts) <= 2 or not all(is_count(part) and int(part) for part in parts):
        raise UserError(f"{path}:{line}: expected {what}, got {text!r}")
    return [int(part) for part in parts]


def _next(path: Path, lines: Iterator[tuple[int, str]]) -> tuple[int, str]:
    for line, text in lines:
        return line, text
    raise UserError(f"{path}: ends too early: it has fewer lines than its first line says")


def _expect_end(path: Path, lines: Iterator[tuple[int, str]]) -> None:
    for line, text in lines:
        if text.strip():
            raise UserError(f"{path}:{line}: expected the end of the file, by its first line, got {text!r}")
