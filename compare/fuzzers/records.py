"""Containers of many images: RecordIO, pickled pairs, shards, tables of base64."""

import base64
import io
import pickle
import tempfile
from pathlib import Path

import numpy as np

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.core.image import encode
from eigen2arc.datasets.containers.recordio_writer import Sample, write_recordio
from eigen2arc.datasets.containers.webdataset import write_shard

from ._datasets import read_dataset

#: The data set whose folder holds a file of this name.
READERS = {"train.rec": "recordio", "lfw.bin": "insightface_bin", "000000.tar": "shards", "ms_celeb": "ms_celeb"}


class Records:
    """One container a folder, opened as a data set."""

    def seeds(self) -> list[Files]:
        """Write six images of three people into every container."""
        rng = np.random.default_rng(0)
        pictures = [encode(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8), ".jpg") for _ in range(6)]
        samples = [Sample(picture, label // 2, f"{label}.jpg") for label, picture in enumerate(pictures)]
        rows = ["\t".join((f"m.0{s.label}", "0", "u", "p", "Face-0", "AA==", _base64(s.content))) for s in samples]
        with tempfile.TemporaryDirectory() as made:
            write_recordio(Path(made), samples, people=["Ada", "Grace", "Alan"], size_px=12)
            rec = {path.name: path.read_bytes() for path in Path(made).iterdir()}
            write_shard(Path(made) / "000000.tar", samples)
            shard = (Path(made) / "000000.tar").read_bytes()
        return [
            rec,
            {"000000.tar": shard, "people.txt": b"Ada\nGrace\nAlan\n"},
            {"ms_celeb/FaceImageCroppedWithAlignment.tsv": "\n".join([*rows, ""]).encode()},
            *({"lfw.bin": pickle.dumps((pictures, [True, False, True]), protocol)} for protocol in (2, 4)),
            {"lfw.bin": _with_arrays(pictures)},
        ]

    def read(self, folder: Path) -> object:
        """Open the container of a folder and read all its images."""
        names = [READERS[path.name] for path in sorted(folder.iterdir()) if path.name in READERS]
        return read_dataset(names[0], folder) if names else None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _with_arrays(pictures: list[bytes]) -> bytes:
    """Pickle pairs whose images are arrays, as newer tools do."""
    file = io.BytesIO()
    arrays = [np.frombuffer(picture, np.uint8) for picture in pictures]
    pickle.dump((arrays, [True, False, True]), file)
    return file.getvalue()


build = Records
