"""Writing a shard of WebDataset: the same samples give the same bytes."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from eigen2arc.core.files import atomic_write

from .recordio_writer import Sample


def write_shard(path: Path, samples: Sequence[Sample], *, first: int = 0) -> None:
    """Write KEY.jpg or KEY.png and KEY.json {"label": ..., "name": ...} for each sample, atomically.

    first : the number that is the first one's key, nine digits.
    """
    with atomic_write(path) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for number, sample in enumerate(samples, first):
            note = json.dumps({"label": sample.label, "name": sample.name}, ensure_ascii=False)
            suffix = ".png" if sample.content.startswith(b"\x89PNG") else ".jpg"
            for name, content in ((f"{number:09d}{suffix}", sample.content), (f"{number:09d}.json", note.encode())):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
