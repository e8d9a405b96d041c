"""Which records of a .rec file are images, and whose, found out without decoding one."""

import mmap
import warnings
from array import array
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eigen2arc.core.artefacts import Arrays
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.datasets.download.files import open_text

from .recordio_format import BETWEEN, FIRST, HEAD, IMAGE_HEADER, LAST, LENGTH_BITS, MAGIC, WHOLE, read_head

#: Numbers of records stand in float32 labels; from here on not every number is one.
EXACT_BELOW = 1 << 24

#: InsightFace's images may have two labels, the person and whether the face is aligned. Boxes for detection have more.
MOST_LABELS = 2

#: Headers that are parsed at a time.
CHUNK = 1 << 18

#: A record's head, header and first label, in words of four bytes, and where they have what.
WORDS = (HEAD.size + IMAGE_HEADER.size) // 4 + 1
AT_MAGIC, AT_LENGTH, AT_FLAG, AT_LABEL, AT_FIRST_LABEL = 0, 1, 2, 3, WORDS - 1

#: Where the id is, in bytes.
AT_ID = 16


class Index(NamedTuple):
    """The index of a .rec file: the numbers of its records, and where each begins.

    numbers : (R,) int64, ascending. offsets : (R,) int64, where these records begin.
    """

    numbers: np.ndarray
    offsets: np.ndarray

    def offsets_of(self, numbers: np.ndarray) -> np.ndarray | None:
        """Return the offsets of some records, None if one of them is not in the index."""
        at = np.searchsorted(self.numbers, numbers).clip(max=len(self.numbers) - 1)
        return self.offsets[at] if np.array_equal(self.numbers[at], numbers) else None


def read_index(path: Path, rec_bytes: int) -> Index:
    """Read an .idx file: number, tab, offset in each line.

    rec_bytes : the size of the .rec file. Raises UserError for anything else, and for offsets past the end.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of an empty file, which is refused below
            with open_text(path) as lines:
                table = np.loadtxt(lines, np.int64, ndmin=2, comments=None)
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"{path}: expected a record's number and its offset in each line ({error})") from error
    if table.shape[1:] != (2,) or len(table) == 0:
        raise UserError(f"{path}: expected a record's number and its offset in each line, got {table.shape}")
    numbers, offsets = table[np.argsort(table[:, 0], kind="stable")].T
    twice = np.flatnonzero(np.diff(numbers) == 0)
    if len(twice):
        raise UserError(f"{path}: record {numbers[twice[0]]} stands in it twice")
    wrong = np.flatnonzero((offsets < 0) | (offsets > rec_bytes - HEAD.size) | (offsets % 4 != 0))
    if len(wrong):
        raise UserError(
            f"{path}: record {numbers[wrong[0]]} is said to begin at byte {offsets[wrong[0]]:,}, which is not a "
            f"multiple of four inside the {rec_bytes:,} bytes of the .rec file: the two do not belong together"
        )
    return Index(numbers.copy(), offsets.copy())


def scan_index(rec: Path) -> Index:
    """Find the records of a .rec file that comes without an .idx, from one head to the next.

    Their numbers are the ids in their headers, as in an .idx, or count from 0 where an id occurs twice. Raises
    UserError where no record begins at the end of the last one: what lies behind that cannot be found.
    """
    ids, offsets = array("Q"), array("q")
    try:
        with rec.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            at, goes_on = 0, False
            while at <= len(content) - HEAD.size:
                magic, word = HEAD.unpack_from(content, at)
                kind, length = word >> LENGTH_BITS, word & ((1 << LENGTH_BITS) - 1)
                if magic != MAGIC or kind not in ((BETWEEN, LAST) if goes_on else (WHOLE, FIRST)):
                    raise UserError(f"{rec}: is damaged (no record begins at byte {at:,}), and has no .idx")
                if not goes_on:
                    ids.append(int.from_bytes(content[at + AT_ID : at + AT_ID + 8], "little"))
                    offsets.append(at)
                goes_on = kind in (FIRST, BETWEEN)
                at += HEAD.size + length + -length % 4
    except (OSError, ValueError) as error:  # no memory is mapped for an empty file
        if isinstance(error, UserError):
            raise
        raise UserError(f"{rec}: cannot be read ({error})") from error
    numbers = np.array(ids)
    if len(np.unique(numbers)) < len(numbers) or numbers.max(initial=0) >> 63:
        numbers = np.arange(len(numbers))
    order = np.argsort(numbers)
    return Index(numbers[order].astype(np.int64), np.array(offsets, np.int64)[order])


def image_records(rec: Path, idx: Path | None) -> Arrays:
    """List the images of a .rec file in order of their numbers: number, offset and label, each (N,) int64.

    idx : None where there is none, see scan_index. Labels come from the ranges of identities that record 0 points to,
    where they are there; else from every record's header. An image whose header is damaged has the label -1. Raises
    UserError for a damaged index, and where most images have more labels than a person needs: those of a set for
    detection are boxes. For a file without one label, which is damaged as a whole, it is an ImageError that says what
    is wrong with its first record.
    """
    index = read_index(idx, rec.stat().st_size) if idx is not None else scan_index(rec)
    found = _from_ranges(rec, index) or _from_headers(rec, index)
    if len(found["label"]) and (found["label"] < 0).all():
        name = f"{rec}: record {found['number'][0]}"
        label = read_head(rec, int(found["offset"][0]), name).labels[0]
        raise ImageError(f"{name} has the label {label}: expected a whole number, 0 or more")
    return found


def _from_ranges(rec: Path, index: Index) -> Arrays | None:
    """List the images by record 0: its labels say which records are identities, and theirs which are their images.

    The images' labels, which need not be in order, are those of an identity's first or last image. None where there is
    no such record, or where the ranges do not hold every image once, or not with one label.
    """
    if not len(index.numbers) or index.numbers[0] != 0:
        return None
    ends = _two_labels(rec, index.offsets[:1])[0]
    if len(ends) < 2 or not 1 < ends[0] < ends[1] < EXACT_BELOW:
        return None
    identities = index.offsets_of(np.arange(*ends.astype(np.int64)))
    numbers = np.arange(1, int(ends[0]))
    offsets = index.offsets_of(numbers)
    if identities is None or offsets is None:
        return None
    ranges = _two_labels(rec, identities)
    if not all(len(labels) == 2 and 0 < labels[0] < labels[1] < EXACT_BELOW for labels in ranges):
        return None
    first, end = np.array(ranges).astype(np.int64).T
    order = np.argsort(first, kind="stable")
    first, end = first[order], end[order]
    if not (np.array_equal(first, [1, *end[:-1]]) and end[-1] == len(numbers) + 1 and (end > first).all()):
        return None
    labels, content, _ = _labels(rec, offsets[first - 1])
    last_labels, last_content, _ = _labels(rec, offsets[end - 2])
    agree = (labels == last_labels) | (labels < 0) | (last_labels < 0)
    labels = np.maximum(labels, last_labels)  # one of the two may be damaged
    if not (agree.all() and (labels >= 0).all() and content.all() and last_content.all()):
        return None
    return {"number": numbers, "offset": offsets, "label": np.repeat(labels, end - first)}


def _two_labels(rec: Path, offsets: np.ndarray) -> list[np.ndarray]:
    """Read the first two labels of each record, none of a damaged one."""
    found = []
    for offset in offsets.tolist():
        try:
            found.append(read_head(rec, offset, "").labels)
        except ImageError:
            found.append(np.zeros(0, np.float32))
    return found


def _from_headers(rec: Path, index: Index) -> Arrays:
    """List the images by one pass over all headers.

    A record without content is no image: those that point to others are like that.
    """
    labels, content, counts = _labels(rec, index.offsets)
    several = np.flatnonzero(content & (counts > MOST_LABELS))
    if 2 * len(several) > np.count_nonzero(content):
        raise UserError(
            f"{rec}: {len(several):,} of its images have more labels than one, record {index.numbers[several[0]]} has "
            f"{counts[several[0]]:,}: these are boxes for detection, not people, and are not read here"
        )
    labels[several] = -1
    return {"number": index.numbers[content], "offset": index.offsets[content], "label": labels[content]}


def _labels(rec: Path, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read first labels (N,) int64, -1 of damaged records, whether anything is behind, bool, and numbers of labels."""
    words = np.memmap(rec, "<u4", "r", shape=rec.stat().st_size // 4)
    labels, content, counts = np.empty(len(offsets), np.int64), np.empty(len(offsets), bool), np.empty_like(offsets)
    for start in range(0, len(offsets), CHUNK):
        part = slice(start, start + CHUNK)
        # The last record may be shorter than what is parsed: what is read past its end is not used.
        at = (offsets[part, None] // 4 + np.arange(WORDS)).clip(max=len(words) - 1)
        labels[part], content[part], counts[part] = _parse(rec, offsets[part], words[at])
    return labels, content, counts


def _parse(rec: Path, offsets: np.ndarray, words: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parse first labels, whether there is content, and numbers of labels, from the first words (N, WORDS)."""
    kind, length = words[:, AT_LENGTH] >> LENGTH_BITS, words[:, AT_LENGTH] & ((1 << LENGTH_BITS) - 1)
    flag = words[:, AT_FLAG].astype(np.int64)
    values = np.where(flag > 0, words[:, AT_FIRST_LABEL], words[:, AT_LABEL]).view(np.float32)
    content = length > IMAGE_HEADER.size + 4 * flag
    # Whole records with something in them are read at once; the others, damaged ones too, one by one.
    for i in np.flatnonzero((words[:, AT_MAGIC] != MAGIC) | (kind != WHOLE) | ~content):
        try:
            head = read_head(rec, int(offsets[i]), "")
            values[i], content[i], flag[i] = head.labels[0], head.content, head.label_count
        except ImageError:  # it is an image until it is asked for
            values[i], content[i], flag[i] = -1, True, 0
    values[~((values >= 0) & (values < 2.0**31) & (values == np.floor(values)))] = -1
    return values.astype(np.int64), content, flag
