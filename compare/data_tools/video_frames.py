"""Images from image files and videos, in batches; the next batch is read while one is processed."""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eigen2arc.core import image, video
from eigen2arc.core.errors import UserError
from eigen2arc.core.image_folder import find_images

#: A batch has so many images, or fewer with so many pixels.
BATCH, BATCH_PIXELS = 16, 32_000_000


class Frame(NamedTuple):
    """An image, uint8 RGB (H, W, 3). number : of a video's frame, from 0; None for an image file."""

    path: Path
    number: int | None
    image: np.ndarray


def find_sources(paths: Sequence[Path], on_error: Callable[[UserError], object]) -> list[Path]:
    """Find images and videos among files and folders. A named file is taken whatever its suffix.

    on_error : called with the error for what is neither.
    """
    found: list[Path] = []
    for path in paths:
        try:
            found += find_images([path], video.SUFFIXES)
        except UserError as error:
            on_error(error)
    return found


def batches(sources: Sequence[Path], on_error: Callable[[UserError], object]) -> Iterator[list[Frame]]:
    """Yield the images in order, in batches. on_error : called for what cannot be read; the others follow."""
    with closing(_batches(sources, on_error)) as waiting, ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(next, waiting, None)
        while (batch := ahead.result()) is not None:
            ahead = pool.submit(next, waiting, None)
            yield batch


def _batches(sources: Sequence[Path], on_error: Callable[[UserError], object]) -> Generator[list[Frame], None, None]:
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
    if _is_video(source):
        yield from (Frame(source, number, frame) for number, frame in enumerate(video.read_frames(source)))
    else:
        yield Frame(source, None, image.read(source))


def _is_video(source: Path) -> bool:
    """By its suffix; a file with another one, or none, is a video if it does not begin like an image."""
    suffix = source.suffix.lower()
    if suffix in video.SUFFIXES or suffix in image.SUFFIXES:
        return suffix in video.SUFFIXES
    return source.is_file() and not image.is_image(source)  # a pipe can be read once only
