"""Videos: clips in the usual containers, read to their last frame."""

import io
from pathlib import Path
from typing import Any

import av
import numpy as np

from eigen2arc.compare.data_tools.video_frames import batches, find_sources
from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.core.errors import UserError

FRAMES, CODECS = 4, {"a.mp4": "mpeg4", "a.avi": "mjpeg", "a.mkv": "mpeg4", "a.mov": "mpeg4", "a.mpg": "mpeg2video"}


class Videos:
    """One clip a folder, found and read as `detect` does."""

    def seeds(self) -> list[Files]:
        """Encode a clip of a few frames in each container."""
        return [{name: _clip(name, codec)} for name, codec in CODECS.items()]

    def read(self, folder: Path) -> object:
        """Read all frames of a folder's clip. Raises UserError where there is none."""
        failures: list[UserError] = []
        found = find_sources(sorted(folder.iterdir()), failures.append)
        frames = sum(map(len, batches(found, failures.append)))
        if failures and not frames:
            raise failures[0]
        return frames


def _clip(name: str, codec: str) -> bytes:
    rng, file = np.random.default_rng(0), io.BytesIO()
    forms = {"a.mkv": "matroska", "a.mpg": "mpeg"}
    with av.open(file, "w", format=forms.get(name, name.partition(".")[2])) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for _ in range(FRAMES):
            image = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()


build = Videos
