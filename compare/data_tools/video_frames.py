"""Images from image files and videos, in batches; the next batch is read while one is processed."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read
from eigen2arc.core.image_folder import find_images

#: Suffixes of files that OpenCV reads as videos.
VIDEOS = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"})

#: A batch has so many images, or fewer with so many pixels.
BATCH, BATCH_PIXELS = 16, 32_000_000


class Frame(NamedTuple):
    """An image, uint8 RGB (H, W, 3). number : of a video's frame, from 0; None for an image file."""

    path: Path
    number: int | None
    image: np.ndarray

    @property
    def name(self) -> str:
        """The file's name without its suffix; for a video with the frame's number."""
        return self.path.stem if self.number is None else f"{self.path.stem}-{self.number:06d}"


def find_sources(paths: Sequence[Path], on_error: Callable[[UserError], object]) -> list[Path]:
    """Find image files and videos among files and folders, images only in a folder.

    on_error : called with the error for what is neither.
    """
    found: list[Path] = []
    for path in paths:
        try:
            found += find_images([path])
        except UserError as error:
            on_error(error)
    return found


def batches(sources: Sequence[Path], on_error: Callable[[UserError], object]) -> Iterator[list[Frame]]:
    """Yield the images in order, in batches. on_error : called for what cannot be read; the others follow."""
    waiting = _batches(sources, on_error)
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(next, waiting, None)
        while (batch := ahead.result()) is not None:
            ahead = pool.submit(next, waiting, None)
            yield batch


def _batches(sources: Sequence[Path], on_error: Callable[[UserError], object]) -> Iterator[list[Frame]]:
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
            on_error(error)
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
