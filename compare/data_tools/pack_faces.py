"""One face of each image of a labelled set, found, aligned and encoded as a file; the work of `datasets pack`."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError, encode
from eigen2arc.core.pipeline import choose_face
from eigen2arc.core.stages import Aligner, Detector
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.containers.recordio_writer import Sample

#: Images that a detector gets together; while it looks at them the next ones are read.
BATCH = 16


class Skipped(NamedTuple):
    """An image that is not packed: its name in the set, why, and what is wrong with the file where it is that."""

    name: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class FacePacker:
    """Makes samples of a set's images, in threads of ``pool``. A chunk's samples depend on the chunk only.

    detector : None takes the set's annotated faces. aligner : None takes images that are aligned crops already.
    size_px : side of a crop. suffix : ".jpg" or ".png".
    """

    dataset: Dataset
    detector: Detector | None
    aligner: Aligner | None
    size_px: int
    suffix: str
    jpeg_quality: int
    pool: ThreadPoolExecutor

    def __post_init__(self) -> None:
        if self.dataset.labels is None:
            raise UserError(f"{self.dataset.name} does not say who is who: only labelled sets can be packed")
        if self.aligner is not None and self.detector is None and self.dataset.faces is None:
            raise UserError(
                f"{self.dataset.name} has no annotated faces: name a detector with --detector, or say with --aligned "
                "that its images are aligned crops"
            )

    def pack(self, chunk: np.ndarray) -> tuple[list[Sample], list[Skipped]]:
        """The samples of the images ``chunk`` (C,) int64, in that order, and those of them that are left out."""
        samples: list[Sample] = []
        skipped: list[Skipped] = []
        batches = [chunk[start : start + BATCH].tolist() for start in range(0, len(chunk), BATCH)]
        ahead = self._read(batches[0])
        for number, batch in enumerate(batches, 1):
            images = [future.result() for future in ahead]
            ahead = self._read(batches[number]) if number < len(batches) else []
            made = self.pool.map(self._sample, batch, images, self._find(images))
            for result in made:
                if isinstance(result, Sample):
                    samples.append(result)
                else:
                    skipped.append(result)
        return samples, skipped

    def _read(self, batch: list[int]) -> list[Future[np.ndarray | ImageError]]:
        return [self.pool.submit(self._read_one, i) for i in batch]

    def _read_one(self, i: int) -> np.ndarray | ImageError:
        try:
            return self.dataset.images[i]
        except ImageError as error:
            return error

    def _find(self, images: Sequence[np.ndarray | ImageError]) -> list[Faces]:
        """What the detector finds; nothing in images that cannot be read, and where there is no detector."""
        readable = [image for image in images if isinstance(image, np.ndarray)]
        found = iter(self.detector.detect(readable) if self.detector is not None and readable else ())
        return [next(found, Faces.none()) if isinstance(image, np.ndarray) else Faces.none() for image in images]

    def _sample(self, i: int, image: np.ndarray | ImageError, found: Faces) -> Sample | Skipped:
        """The sample of image i, or why there is none."""
        name = self.dataset.images.names[i]
        if isinstance(image, ImageError):
            return Skipped(name, "cannot be read", str(image))
        if self.aligner is None:
            crop = image
            if image.shape[:2] != (self.size_px, self.size_px):
                crop = cv2.resize(image, (self.size_px, self.size_px), interpolation=cv2.INTER_AREA)
        else:
            annotated = None if self.dataset.faces is None else self.dataset.faces[i].counted
            faces = the_face(image.shape, annotated, None if self.detector is None else found)
            if len(faces) == 0:
                return Skipped(name, "no face annotated" if self.detector is None else "no face found")
            crop = self.aligner.align(image, faces)[0]
        content = encode(crop, self.suffix, jpeg_quality=self.jpeg_quality)
        assert self.dataset.labels is not None
        return Sample(content, int(self.dataset.labels[i]), name)


def the_face(image_shape: tuple[int, ...], annotated: Faces | None, found: Faces | None) -> Faces:
    """The one face that the label means, or none.

    Of the found ones, where the set annotates faces, those whose centre is in the annotated box count: in a picture
    of several people the label is one person's. ``found`` is None where the annotation itself is taken.
    """
    if found is None:
        found = Faces.none() if annotated is None else annotated
    elif annotated is not None and len(annotated) and len(found):
        x1, y1, x2, y2 = choose_face(annotated, image_shape).boxes[0]
        x, y = ((found.boxes[:, :2] + found.boxes[:, 2:]) / 2).T
        found = found[(x1 <= x) & (x <= x2) & (y1 <= y) & (y <= y2)]
    return choose_face(found, image_shape) if len(found) else found
