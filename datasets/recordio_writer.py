"""Writing images and labels as InsightFace's training sets: .rec, .idx, .lst, property, and people.txt."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write, write_text

from .numbered import check_lines
from .recordio_format import image_record


class Sample(NamedTuple):
    """content : an image file. label : of its person. name : where it came from, for the .lst file."""

    content: bytes
    label: int
    name: str


def write_recordio(folder: Path, samples: Iterable[Sample], *, people: Sequence[str], size_px: int) -> int:
    """Write ``folder/train.rec`` and what belongs to it; returns the number of images.

    The samples of a person have to follow each other. Records 1 to N are the images, record 0 says which of the last
    records are the identities, and these which images are theirs. The same samples give the same bytes. Raises
    UserError for people in another order, and for a name of more than one line.
    """
    offsets, starts = array("q"), array("q")
    seen: set[int] = set()
    label = -1
    check_lines(people)
    with atomic_write(folder / "train.rec") as rec, atomic_write(folder / "train.lst") as listing:
        for number, sample in enumerate(samples, 1):
            if sample.label != label:
                label = sample.label
                if label in seen or not 0 <= label < len(people):
                    raise UserError(f"{sample.name}: label {label}: expected one of {len(people)} people, one by one")
                seen.add(label)
                starts.append(number)
            offsets.append(rec.tell())
            rec.write(image_record(number, [label], sample.content))
            check_lines([sample.name])
            listing.write(f"1\t{sample.name}\t{label}\n".encode())
        end = len(offsets) + 1  # of the images; the identities begin here
        offsets.append(rec.tell())
        rec.write(image_record(0, [end, end + len(starts)]))
        for number, (first, after) in enumerate(zip(starts, [*starts[1:], end], strict=True), end):
            offsets.append(rec.tell())
            rec.write(image_record(number, [first, after]))
    with atomic_write(folder / "train.idx") as idx:
        numbers = chain(range(1, end), [0], range(end, len(offsets)))
        idx.writelines(f"{number}\t{offset}\n".encode() for number, offset in zip(numbers, offsets, strict=True))
    write_text(folder / "people.txt", "".join(f"{person}\n" for person in people))
    write_text(folder / "property", f"{len(people)},{size_px},{size_px}\n")
    return end - 1
