"""Reading videos: the frames in order, decoded by a process of its own.

Decoders are large, old programs in C, and a file of a few kilobytes can crash them, make them hang or eat all memory.
In a process of its own, core/video_decoder.py, that costs the rest of that file and nothing else.
"""

import logging
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np

from . import video_decoder
from .errors import UserError
from .image import MAX_PIXELS
from .video_decoder import END, HEADER, MAX_TEXT

#: Suffixes of videos in a folder. What is inside, FFmpeg finds out by itself.
SUFFIXES = frozenset(
    {".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".m2t", ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mjpg"}
    | {".mkv", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".ogm", ".ogv", ".qt", ".rm", ".rmvb", ".ts"}
    | {".vob", ".webm", ".wmv", ".wtv", ".y4m"}
)

#: What decoding may take: bytes of memory (8K of 8 bits takes 0.9 GB), and seconds without a frame.
MAX_BYTES, MAX_SECONDS = 1_500_000_000, 8.0

#: How the decoder is started: by its path, for then it needs nothing of the project; its folder is not to be searched.
DECODER = (sys.executable, "-P", video_decoder.__file__)

log = logging.getLogger(__name__)


class VideoError(UserError):
    """A video that cannot be read, or not to its end; the message starts with its name."""


def read_frames(path: Path | str) -> Iterator[np.ndarray]:
    """Decode the frames of a video in order, each uint8 RGB (H, W, 3), turned upright by what the video says.

    Whatever FFmpeg reads is a video, by its content; no other file is opened, whatever a playlist says. Logs a line
    where frames are missing, as in a file that was cut. Raises VideoError for a file that cannot be read or holds no
    frame; for frames of more than MAX_PIXELS; and, after the frames before, where the decoder crashes, is without a
    frame for MAX_SECONDS, or needs more than MAX_BYTES of memory.
    """
    count, promised, fault = 0, 0, ""
    with _open(path) as file, _start(file) as decoder:
        assert decoder.stdout is not None
        try:
            while True:
                kind, width, height, more = HEADER.unpack(_take(decoder.stdout, HEADER.size).data)
                if kind == END:
                    promised, text = width, _take(decoder.stdout, min(more, MAX_TEXT))
                    fault = "".join(c for c in text.tobytes().decode(errors="replace") if c.isprintable())
                    break
                if width * height > MAX_PIXELS:
                    fault = f"{width} x {height} pixels are more than the allowed {MAX_PIXELS:,}; scale it down"
                    break
                frame = _take(decoder.stdout, height * width * 3).reshape(height, width, 3)
                yield np.ascontiguousarray(np.rot90(frame, more))
                count += 1
        except EOFError:
            fault = _death(decoder.wait())
        finally:
            decoder.kill()
    if not count:
        raise VideoError(f"{path}: cannot be read as a video: {fault or 'there is no frame in it'}")
    if not promised:
        raise VideoError(f"{path}: only {count:,} of its frames could be read: {fault}")
    if promised > count:
        log.warning("%s: %d of %d frames could be read: the video was cut, or is damaged", path, count, promised)


def _open(path: Path | str) -> BinaryIO:
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):  # a pipe would be waited for, a disk read to its end
            raise VideoError(f"{path}: is not a file")
        return Path(path).open("rb")
    except OSError as error:
        raise VideoError(f"{path}: cannot be read ({error.strerror or error})") from error


def _start(file: BinaryIO) -> subprocess.Popen[bytes]:
    """Start the decoder of a file; a Ctrl-C is not for it."""
    return subprocess.Popen(
        [*DECODER, str(MAX_PIXELS), str(MAX_BYTES), str(MAX_SECONDS)],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _take(pipe: IO[bytes], size: int) -> np.ndarray:
    """Read so many bytes; raises EOFError if there are fewer."""
    taken = np.empty(size, np.uint8)
    if pipe.readinto(taken.data) < size:  # type: ignore[attr-defined]
        raise EOFError
    return taken


def _death(status: int) -> str:
    """Say how a process ended."""
    if status == -signal.SIGALRM:
        return f"its decoder hung, {MAX_SECONDS:.0f} s without a frame"
    if status == -signal.SIGKILL:
        return "its decoder was killed, as systems do when memory runs out"
    if status < 0:
        return f"its decoder crashed ({signal.strsignal(-status) or -status})"
    return f"its decoder failed (status {status})"
