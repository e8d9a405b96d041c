"""WebDataset's shards: samples in a tar archive, files that follow each other and share the name to its dot.

000123.jpg and 000123.json are one sample of the key 000123. Aizman, Maltby, Breuel, "High performance I/O for large
scale deep learning" (2019).
"""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from eigen2arc.core.artefacts import Arrays
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write
from eigen2arc.core.image import SUFFIXES

from .recordio_writer import Sample
from .sidecar import read_at
from .tar_members import Member, members

#: A longer key is refused, in bytes.
MOST_KEY_BYTES = 512

#: A label's file that is longer is none.
MOST_LABEL_BYTES = 1 << 16


def _samples(path: Path) -> Iterator[tuple[str, dict[str, Member]]]:
    """Yield each sample's key, and its files by the lower-case rest of their names.

    Raises UserError for a damaged shard.
    """
    key, files = "", dict[str, Member]()
    for member in members(path):
        folder, slash, base = member.name.rpartition("/")
        stem, dot, rest = base.partition(".")
        if not (stem and dot):
            continue
        if folder + slash + stem != key:
            if files:
                yield key, files
            key, files = folder + slash + stem, {}
        if files.setdefault(rest.lower(), member) is not member:
            raise UserError(f"{path}: holds {member.name} twice")
    if files:
        yield key, files


def _find_image(files: dict[str, Member]) -> Member | None:
    """Find a sample's image, the first where there are several."""
    return next((member for rest, member in files.items() if f".{rest}" in SUFFIXES), None)


def _read_metadata(path: Path, key: str, files: dict[str, Member]) -> dict[str, object]:
    """Read what KEY.json says, or KEY.cls as {"label": ...}; {"label": -1} where there is neither. Raises UserError."""
    member = files.get("cls") or files.get("json")
    if member is None:
        return {"label": -1}
    if member.size > MOST_LABEL_BYTES:
        raise UserError(f"{path}: {member.name} has {member.size:,} bytes, expected a label")
    try:
        value = json.loads(read_at(path, member.offset, member.size))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: {member.name}: expected JSON ({error})") from error
    metadata = value if isinstance(value, dict) else {"label": value}
    label = metadata.get("label", -1)
    if isinstance(label, bool) or not isinstance(label, int) or not -1 <= label < 1 << 31:
        raise UserError(f'{path}: {member.name}: expected a whole number as "label", got {label!r}')
    return {**metadata, "label": label}


def index_shard(path: Path) -> Arrays:
    """List the samples of a shard that have an image, with where the image lies in the file.

    Returns keys, their bytes in UTF-8 one after the other, uint8, so that a long one takes no more memory than it has,
    key_end, where each ends, offset, size and label, each (N,) int64. Raises UserError for a damaged shard.
    """
    rows = [
        (key.encode(), image.offset, image.size, _read_metadata(path, key, files)["label"])
        for key, files in _samples(path)
        if (image := _find_image(files)) is not None
    ]
    keys, *numbers = zip(*rows, strict=True) if rows else ((), (), (), ())
    if (longest := max(map(len, keys), default=0)) > MOST_KEY_BYTES:
        raise UserError(f"{path}: a key of {longest:,} bytes, expected at most {MOST_KEY_BYTES}: shorten its name")
    if len(set(keys)) < len(keys):
        raise UserError(f"{path}: a key belongs to several samples: names must differ before their first dot")
    return {
        "keys": np.frombuffer(b"".join(keys), np.uint8),
        "key_end": np.cumsum(list(map(len, keys)), dtype=np.int64),
        **{n: np.array(c, np.int64) for n, c in zip(("offset", "size", "label"), numbers, strict=True)},
    }


def read_shard(path: Path) -> Iterator[Sample]:
    """Yield the samples of a shard that have an image.

    Each has the "name" that its metadata has; an image without one is called by its key. Raises UserError for a damaged
    shard.
    """
    for key, files in _samples(path):
        image = _find_image(files)
        if image is not None:
            metadata = _read_metadata(path, key, files)
            yield Sample(
                read_at(path, image.offset, image.size), int(str(metadata["label"])), str(metadata.get("name", key))
            )


def write_shard(path: Path, samples: Sequence[Sample], *, first: int = 0) -> None:
    """Write a shard: KEY.jpg or KEY.png and KEY.json {"label": ..., "name": ...} for each sample, atomically.

    first : the number that is the first one's key, nine digits. The same samples give the same bytes.
    """
    with atomic_write(path) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for number, sample in enumerate(samples, first):
            metadata = json.dumps({"label": sample.label, "name": sample.name}, ensure_ascii=False)
            suffix = ".png" if sample.content.startswith(b"\x89PNG") else ".jpg"
            for name, content in ((f"{number:09d}{suffix}", sample.content), (f"{number:09d}.json", metadata.encode())):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
