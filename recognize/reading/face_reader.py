"""From images to faces and their vectors: detect, align, preprocess and encode, for every face of an image."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eigen2arc.core.pipeline import cut
from eigen2arc.core.preferred import Recognizer
from eigen2arc.core.stages import Aligner, Detector, Encoder, Preprocessing
from eigen2arc.core.types import Faces

from .encoder_identity import pattern_vector


@dataclass(frozen=True)
class ReadFaces:
    """All faces of one image, the best detection first.

    faces : N of them. crops : (N, S, S, 3) uint8 RGB, as the encoder saw them. vectors : (N, D) float32.
    """

    faces: Faces
    crops: np.ndarray
    vectors: np.ndarray

    def __len__(self) -> int:
        return len(self.faces)


class FaceReader:
    """Reads all faces of images by a detector, an aligner, steps of preprocessing, and an encoder."""

    def __init__(
        self, detector: Detector, aligner: Aligner, encoder: Encoder, steps: Sequence[Preprocessing] = ()
    ) -> None:
        self.detector, self.aligner, self.encoder, self.steps = detector, aligner, encoder, tuple(steps)

    @classmethod
    def of(cls, recognizer: Recognizer, device: str | None = None) -> "FaceReader":
        """Build the parts of a recognizer; device : where its networks run."""
        parts = (recognizer.detector, recognizer.aligner, recognizer.encoder)
        return cls(*(part.with_defaults(device=device).built for part in parts))

    def read(self, images: Sequence[np.ndarray]) -> list[ReadFaces]:
        """Read all faces of each image, uint8 RGB (H, W, 3), the best detection first."""
        return self.encode(images, self.detector.detect(images))

    def encode(self, images: Sequence[np.ndarray], found: Sequence[Faces]) -> list[ReadFaces]:
        """Cut the faces that were ``found`` out of each image, and encode them, all in one batch."""
        each = [(image, faces[[i]]) for image, faces in zip(images, found, strict=True) for i in range(len(faces))]
        size_px = self.aligner.size_px
        crops = cut(self.aligner, *zip(*each, strict=True)) if each else np.empty((0, size_px, size_px, 3), np.uint8)
        for step in self.steps:
            crops = step.apply(crops)
        vectors = self.encoder.encode(crops)
        ends = np.cumsum([len(faces) for faces in found])
        parts = [slice(end - len(faces), end) for faces, end in zip(found, ends, strict=True)]
        return [ReadFaces(faces, crops[part], vectors[part]) for faces, part in zip(found, parts, strict=True)]

    @cached_property
    def pattern(self) -> np.ndarray:
        """The vector (D,) float32 of the drawn pattern, see encoder_identity."""
        return pattern_vector(self.encoder, self.steps, self.aligner.size_px)
