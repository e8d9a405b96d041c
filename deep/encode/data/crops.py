"""Where training gets its crops from: a file of crops cut before, or a set whose images are crops already."""

import json
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Images

from .crop_cache import face_crops, unreadable_of


class Crops(Protocol):
    """N crops of one size. name : says which they are. damaged : the numbers of those that could not be read, and why;
    it may grow while crops are read."""

    name: str
    damaged: dict[int, str]

    def __len__(self) -> int: ...

    def read(self, number: int) -> np.ndarray | None:
        """(S, S, 3) uint8 RGB; None for a damaged one. May be called from several threads."""
        ...


class CutCrops:
    """The crops of a file that face_crops wrote."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.crops = np.load(path, mmap_mode="r")
        note = unreadable_of(path)
        self.damaged = {int(n): why for n, why in json.loads(note.read_text()).items()} if note.exists() else {}

    def __len__(self) -> int:
        return len(self.crops)

    def read(self, number: int) -> np.ndarray | None:
        return None if number in self.damaged else self.crops[number]


class ArrayCrops:
    """Crops in memory, (N, S, S, 3) uint8."""

    name = "array"

    def __init__(self, crops: np.ndarray) -> None:
        self.crops = crops
        self.damaged: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.crops)

    def read(self, number: int) -> np.ndarray | None:
        crop: np.ndarray = self.crops[number]
        return crop


class CropImages:
    """Images that are aligned crops: read each time they are asked for, however many there are, and scaled."""

    def __init__(self, images: Images, size_px: int) -> None:
        self.name = images.version
        self.images, self.size_px = images, size_px
        self.damaged: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.images)

    def read(self, number: int) -> np.ndarray | None:
        if number in self.damaged:
            return None
        try:
            image = self.images[number]
        except UserError as error:
            self.damaged[number] = str(error)
            return None
        side = (self.size_px, self.size_px)
        return image if image.shape[:2] == side else cv2.resize(image, side, interpolation=cv2.INTER_AREA)


def crops_of(dataset: Dataset, folder: Path, *, size_px: int, jitter: float, seed: int) -> Crops:
    """A set's crops: its annotated faces, cut once into ``folder`` by face_crops, or else its images themselves."""
    if dataset.faces is None:
        return CropImages(dataset.images, size_px)
    return CutCrops(face_crops(dataset, folder, size_px=size_px, jitter=jitter, seed=seed))
