"""Images for training: those that are drawn when they are asked for are drawn once, and cached on the disk."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import parsing
from eigen2arc.core.files import atomic_write
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.types import Images
from eigen2arc.datasets.images.concat_images import ConcatImages
from eigen2arc.datasets.images.lazy import ArrayImages, FileImages


def cache_images(images: Images, folder: Path) -> Images:
    """Return the same images; those that have to be drawn are drawn into ``folder`` first, with a progress bar.

    Files and arrays are read from where they are: a data set is not copied. Each drawn image becomes a .npy file, as
    large as its pixels, because decoding a PNG takes longer than a step of training.
    """
    if isinstance(images, ConcatImages):
        return replace(images, parts=tuple(cache_images(part, folder) for part in images.parts))
    if isinstance(images, FileImages | ArrayImages):
        return images
    drawn = CachedImages(images, folder / f"pictures-{images.version[:16]}")
    drawn.fill()
    return drawn


@dataclass(frozen=True)
class CachedImages:
    """Images that are drawn once and then read from ``folder``; implements core.types.Images.

    The folder belongs to one version of the images.
    """

    images: Images
    folder: Path

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.images.names)

    @property
    def version(self) -> str:
        return self.images.version

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> np.ndarray:
        path = self._file(range(len(self))[index])
        with parsing(path, "is no image of a training", "Remove it: it is made again"):
            image: np.ndarray = np.load(path, allow_pickle=False)
            check_image(image)
            return image

    def fill(self) -> None:
        """Draw the images that are missing: a run that was stopped meanwhile goes on."""
        missing = [index for index in range(len(self)) if not self._file(index).exists()]
        with progress_bars() as bars, ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in bars.track(pool.map(self._draw, missing), len(missing), description="drawing images"):
                pass

    def _draw(self, index: int) -> None:
        with atomic_write(self._file(index)) as file:
            np.save(file, self.images[index])

    def _file(self, index: int) -> Path:
        return self.folder / f"{index:06d}.npy"
