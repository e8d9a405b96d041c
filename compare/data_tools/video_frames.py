"""Pictures from image files and videos, in batches; the next batch is read while one is looked at."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import find_images, read

#: What OpenCV reads as a video, whatever it is inside.
VIDEOS = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"})

#: A batch has so many pictures, or fewer with so many pixels.
BATCH, BATCH_PIXELS = 16, 32_000_000


class Frame(NamedTuple):
    """A picture, uint8 RGB (H, W, 3). number : of a video's frame, from 0; None for an image file."""

    path: Path
    number: int | None
    image: np.ndarray

    @property
    def name(self) -> str:
        """The file's name without its suffix, of a video with the frame's number."""
        return self.path.stem if self.number is None else f"{self.path.stem}-{self.number:06d}"


def find_sources(paths: Sequence[Path], complain: Callable[[UserError], object]) -> list[Path]:
    """Image files and videos among files and folders; of a folder its images. ``complain`` hears of what is not one."""
    found: list[Path] = []
    for path in paths:
        try:
            found += find_images([path])
        except UserError as error:
            complain(error)
    return found


def batches(sources: Sequence[Path], complain: Callable[[UserError], object]) -> Iterator[list[Frame]]:
    """The pictures in order, some at a time. ``complain`` hears of what cannot be read, and the others follow."""
    waiting = _batches(sources, complain)
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(next, waiting, None)
        while (batch := ahead.result()) is not None:
            ahead = pool.submit(next, waiting, None)
            yield batch


def _batches(sources: Sequence[Path], complain: Callable[[UserError], object]) -> Iterator[list[Frame]]:
    batch: list[Frame] = []
    pixels = 0
    for source in sources:
        try:
            for frame in _frames(source):
                size = frame.image.shape[0] * frame.image.shape[1]
                if batch and (len(batch) == BATCH or pixels + size > BATCH_PIXELS):
                    yield batch
                    batch, pixels = [], 0
                batch.append(frame)
                pixels += size
        except UserError as error:
            complain(error)
    if batch:
        yield batch


def _frames(source: Path) -> Iterator[Frame]:
    if source.suffix.lower() not in VIDEOS:
        yield Frame(source, None, read(source))
        return
    video = cv2.VideoCapture(str(source))
    try:
        number = 0
        while True:
            there, bgr = video.read()
            if not there:
                break
            yield Frame(source, number, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
            number += 1
    finally:
        video.release()
    if number == 0:
        raise UserError(f"{source}: no frame of this video can be read")
