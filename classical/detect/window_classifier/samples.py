"""What a window classifier learns from: images with faces, patches without, and photographs to search."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, read
from eigen2arc.core.image_folder import find_images
from eigen2arc.core.subset import training_part
from eigen2arc.core.types import Dataset

log = logging.getLogger(__name__)

NO_BOXES = np.zeros((0, 4), np.float32)


class ImageSequence(Protocol):
    """Images by number, uint8 RGB; core.types.Images and a list are such."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> np.ndarray: ...


@dataclass(frozen=True)
class ImageFiles:
    """The images of a folder, read when they are asked for."""

    paths: Sequence[Path]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        return read(self.paths[index])


@dataclass(frozen=True)
class AnnotatedImages:
    """Images with the boxes (F, 4) float32 of all their faces; None where the whole image is one face."""

    images: ImageSequence
    boxes: Sequence[np.ndarray | None]

    def __iter__(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Yield number, image and boxes of each; what cannot be read is left out, with a warning."""
        for number, boxes in enumerate(self.boxes):
            try:
                image = self.images[number]
            except ImageError as error:
                log.warning("%s: left out", error)
                continue
            whole = np.array([[0, 0, image.shape[1], image.shape[0]]], np.float32)
            yield number, image, whole if boxes is None else boxes


@dataclass(frozen=True)
class Samples:
    """Samples to learn from. faces : where faces are. patches : images that are each one window without a face.

    searched : images that are searched for false alarms; what overlaps none of their faces is one.
    """

    faces: AnnotatedImages
    patches: AnnotatedImages
    searched: AnnotatedImages


def whole_images(images: ImageSequence) -> AnnotatedImages:
    """Annotate images each of which is one face, or one patch, as a whole."""
    return AnnotatedImages(images, [None] * len(images))


def of_folders(positives: Path, backgrounds: Path) -> Samples:
    """Collect samples from folders of face crops and of photographs without faces.

    Raises UserError for a missing or empty one.
    """
    crops, photographs = ImageFiles(find_images([positives])), ImageFiles(find_images([backgrounds]))
    return Samples(whole_images(crops), whole_images([]), AnnotatedImages(photographs, [NO_BOXES] * len(photographs)))


def of_dataset(dataset: Dataset, backgrounds: Path | None = None) -> Samples:
    """Collect samples of the training part of a set of patches "face" and "non-face" (cbcl), or of scenes (fddb).

    backgrounds : a folder of photographs without faces, to be searched as well. Raises UserError for another set.
    """
    dataset = training_part(dataset)
    photographs = ImageFiles(find_images([backgrounds]) if backgrounds is not None else [])
    plain = AnnotatedImages(photographs, [NO_BOXES] * len(photographs))
    if dataset.labels is not None and set(dataset.people) == {"face", "non-face"}:
        images = [dataset.images[i] for i in range(len(dataset.images))]
        face = dataset.people.index("face")
        chosen = [[image for image, label in zip(images, dataset.labels, strict=True) if (label == face) == wanted]
                  for wanted in (True, False)]  # fmt: skip
        return Samples(whole_images(chosen[0]), whole_images(chosen[1]), plain)
    if dataset.faces is None:
        raise UserError(f"{dataset.name} neither says where faces are nor which patch is one: choose another set")
    faces = AnnotatedImages(dataset.images, [annotated.counted.boxes for annotated in dataset.faces])
    searched = AnnotatedImages(
        dataset.images, [annotated.boxes for annotated in dataset.faces]
    )  # those to be ignored, too
    return Samples(faces, whole_images([]), searched if backgrounds is None else _concat(searched, plain))


@dataclass(frozen=True)
class _Joined:
    first: ImageSequence
    second: ImageSequence

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.first[index] if index < len(self.first) else self.second[index - len(self.first)]


def _concat(first: AnnotatedImages, second: AnnotatedImages) -> AnnotatedImages:
    return AnnotatedImages(_Joined(first.images, second.images), [*first.boxes, *second.boxes])
