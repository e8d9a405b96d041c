"""Writing images and labels as InsightFace's training sets: .rec, .idx, .lst, property, and people.txt."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write, write_text

from .numbered_names import check_lines
from .recordio_format import image_record


class Sample(NamedTuple):
    """A labelled image to be written. content : an image file. label : of its person. name : where it came from."""

    content: bytes
    label: int
    name: str


def write_recordio(folder: Path, samples: Iterable[Sample], *, people: Sequence[str], size_px: int) -> tuple[int, int]:
    """Write ``folder/train.rec`` and what belongs to it; returns the numbers of images and of people.

    A sample's label says which of ``people`` it is; the samples of one have to follow each other. Training code takes
    labels for 0 to people - 1, so people are numbered as they come, and those without a sample are left out. Records 1
    to N are the images, record 0 says which of the last records are the identities, and these which images are theirs.
    The same samples give the same bytes. Raises UserError for people out of order, and a name of more than one line.
    """
    offsets, starts = array("q"), array("q")
    seen: dict[int, None] = {}  # the labels of the samples, in the order in which they come
    label = -1
    with atomic_write(folder / "train.rec") as rec, atomic_write(folder / "train.lst") as listing:
        for number, sample in enumerate(samples, 1):
            if sample.label != label:
                label = sample.label
                if label in seen or not 0 <= label < len(people):
                    raise UserError(f"{sample.name}: label {label}: expected one of {len(people)} people, one by one")
                check_lines([people[label]])
                seen[label] = None
                starts.append(number)
            offsets.append(rec.tell())
            rec.write(image_record(number, [len(seen) - 1], sample.content))
            check_lines([sample.name])
            listing.write(f"1\t{sample.name}\t{len(seen) - 1}\n".encode())
        end = len(offsets) + 1  # of the images; the identities begin here
        offsets.append(rec.tell())
        rec.write(image_record(0, [end, end + len(starts)]))
        for number, (first, after) in enumerate(zip(starts, [*starts[1:], end], strict=True), end):
            offsets.append(rec.tell())
            rec.write(image_record(number, [first, after]))
    with atomic_write(folder / "train.idx") as idx:
        numbers = chain(range(1, end), [0], range(end, len(offsets)))
        idx.writelines(f"{number}\t{offset}\n".encode() for number, offset in zip(numbers, offsets, strict=True))
    write_text(folder / "people.txt", "".join(f"{people[label]}\n" for label in seen))
    write_text(folder / "property", f"{len(seen)},{size_px},{size_px}\n")
    return end - 1, len(seen)
