"""Decodes the video on standard input, in a process of its own that may crash: core/video.py starts it.

It is run by its path, ``python -P video_decoder.py PIXELS BYTES SECONDS``: a frame of more pixels is not decoded, more
memory is not given, and more time without a frame ends the process. FFmpeg gets an open file without a name, and the
process can open no other file and no connection, whatever a playlist says.

On standard output stand messages, each a HEADER and what belongs to it:

* FRAME, width, height, and the quarters by which to turn it to the left; then its pixels, rgb24, row by row;
* END, the frames that there ought to be (0: not decoded to the end), 0, and the length of a text; then the text, UTF-8:
  what went wrong, empty for nothing.
"""

import importlib
import io
import os
import pkgutil
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

#: Kind, and three numbers.
HEADER = struct.Struct("<cIII")

FRAME, END = b"F", b"E"

#: A longer text is cut, a larger number is held to what a header can hold.
MAX_TEXT, MAX_NUMBER = 300, 2**32 - 1

#: Still images in the container of MP4, by its brand: FFmpeg would give one tile of them for the whole.
STILLS = frozenset({"avif", "mif1", "heic", "heix", "heim", "heis"})

#: A file of this part of the seconds that it promises is whole: they are rounded, and the last frame's end is a guess.
ENOUGH = 0.95


class File:
    """An open file with no more than FFmpeg needs: from a name it would guess what is inside."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def read(self, size: int) -> bytes:
        return os.read(self.descriptor, size)

    def seek(self, offset: int, whence: int) -> int:
        return os.lseek(self.descriptor, offset, whence)

    def tell(self) -> int:
        return os.lseek(self.descriptor, 0, os.SEEK_CUR)


class Decoder:
    """Decodes one video. output : where messages go. fault : what went wrong first, "" for nothing.

    promised : the frames that there ought to be. written : those that were there. damaged : packets without a frame.
    hidden : packets that an editor cut off and left in the file. end : of the last packet, sound or video, in seconds.
    """

    def __init__(self, output: BinaryIO, max_pixels: int, max_bytes: int, max_seconds: float) -> None:
        self.output, self.max_pixels, self.max_bytes, self.max_seconds = output, max_pixels, max_bytes, max_seconds
        self.fault, self.promised, self.end = "", 0, 0.0
        self.written = self.damaged = self.hidden = 0

    def run(self) -> None:
        """Write the messages for the video on standard input."""
        try:
            self._decode()
        except MemoryError:
            self.fault = f"more than {self.max_bytes / 1e9:.1f} GB of memory would be needed to decode it"
        except Exception as error:
            self.fault = self._reason(error)
        text = self.fault.encode(errors="replace")[:MAX_TEXT]
        self.output.write(HEADER.pack(END, min(self.promised, MAX_NUMBER), 0, len(text)) + text)
        self.output.flush()

    def _decode(self) -> None:
        import av

        for module in pkgutil.walk_packages(av.__path__, "av."):  # what it loads late could no longer be opened
            if module.name not in ("av.__main__", "av.datasets"):
                importlib.import_module(module.name)
        av.logging.set_level(av.logging.ERROR)  # errors then say why
        self._restrict()
        limit = {"max_pixels": str(self.max_pixels)}
        container: Any
        with av.open(File(0), options=limit, metadata_errors="replace") as container:
            stream = self._choose(container)
            if stream is None:
                return
            # With several threads, what is made of damaged frames differs from run to run, and small ones take longer.
            stream.thread_count = 1
            stream.codec_context.options = limit
            start = (container.start_time or 0) / av.time_base
            for frame in self._frames(container.demux(), stream, av.FFmpegError):
                self._write(frame)
            self.promised = self._count_promised(stream, (container.duration or 0) / av.time_base, self.end - start)

    def _restrict(self) -> None:
        """Give up what decoding does without. (macOS does not hold processes to their memory.)"""
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        memory = self.max_bytes if hard == resource.RLIM_INFINITY else min(self.max_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._watch(self.max_seconds)

    def _watch(self, seconds: float) -> None:
        """Have the system end this process after a time, 0 for never: what hangs does not look at a clock."""
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def _choose(self, container: Any) -> Any:
        """Choose the largest video, None where there is none: a picture on a record's cover is no video."""
        from av.stream import Disposition

        brand = container.metadata.get("major_brand")
        videos = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if brand in STILLS:
            self.fault = f"a still image ({brand}) of a kind that is not read here; save it as JPEG or PNG"
        elif not videos:
            self.fault = "there is no video in it" + (", only sound" if container.streams.audio else "")
        else:
            return max(videos, key=lambda s: s.width * s.height)
        return None

    def _frames(self, packets: Iterator[Any], stream: Any, ffmpeg_error: type[Exception]) -> Iterator[Any]:
        """Decode packets; a damaged one costs what is in it, and what does not come apart into packets is the end."""
        while True:
            packet = None
            try:
                packet = next(packets)
                if packet.pts is not None and packet.time_base is not None:
                    self.end = max(self.end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
                frames = packet.decode() if packet.stream is stream else []
            except StopIteration:
                return
            except MemoryError:
                raise
            except ffmpeg_error as error:
                self.damaged += 1
                self.fault = self.fault or self._reason(error)
                if packet is None:
                    return
            else:
                self.hidden += packet.stream is stream and packet.is_discard
                yield from frames

    def _write(self, frame: Any) -> None:
        plane = frame.reformat(format="rgb24").planes[0]
        pixels, row, step = memoryview(plane), 3 * frame.width, plane.line_size
        self._watch(0)  # how long the reader takes is up to the reader
        self.output.write(HEADER.pack(FRAME, frame.width, frame.height, round(frame.rotation / 90) % 4))
        if step == row:
            self.output.write(pixels[: frame.height * row])
        else:
            self.output.write(b"".join(pixels[y * step : y * step + row] for y in range(frame.height)))
        self.output.flush()
        self._watch(self.max_seconds)
        self.written += 1

    def _count_promised(self, stream: Any, duration: float, seen: float) -> int:
        """Count the frames that there ought to be, by the number that the container says, or by its seconds."""
        if stream.frames:
            return max(self.written, int(stream.frames) - self.hidden)
        if 0 < seen < ENOUGH * duration:
            return round(self.written * duration / seen)
        return self.written + self.damaged

    def _reason(self, error: Exception) -> str:
        """Return what FFmpeg logged last, which says more than its error; of other errors what they say."""
        log = getattr(error, "log", None)
        text = (log[-1] if log else "") or getattr(error, "strerror", None) or str(error) or type(error).__name__
        if "max pixel count" in text:
            return f"its frames have more than the allowed {self.max_pixels:,} pixels; scale it down"
        return " ".join(text.split())


if __name__ == "__main__":
    with io.BufferedWriter(io.FileIO(os.dup(1), "w")) as output:
        os.dup2(2, 1)  # what a library prints is no message
        Decoder(output, int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])).run()
