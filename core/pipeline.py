"""The four stages in a row: the only file that chains them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .stages import Aligner, Detector, Encoder, Matcher, Preprocessing
from .types import Embeddings, Faces, Status


def choose_face(faces: Faces, image_shape: tuple[int, ...]) -> Faces:
    """Choose the one face that an image is about: large, and near the centre. ``faces`` must not be empty.

    Size minus twice the squared distance to the centre, the usual choice for sets with one labelled person an image.
    """
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    offset = centres - np.array([image_shape[1], image_shape[0]]) / 2
    size = np.prod(faces.boxes[:, 2:] - faces.boxes[:, :2], axis=1)
    return faces[[int(np.argmax(size - 2 * np.sum(offset**2, axis=1)))]]


def centre_box(image_shape: tuple[int, ...]) -> Faces:
    """Return the square in the image's centre, half as wide as its shorter side: where portraits have the face."""
    height, width = image_shape[:2]
    half = min(height, width) / 4
    box = [width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half]
    return Faces(np.array([box]), np.zeros(1))


def locate(
    images: Sequence[np.ndarray], found: Sequence[Faces], annotated: Sequence[Faces] | None = None
) -> tuple[list[Faces], np.ndarray]:
    """Choose the one face of each image, and say by its Status (N,) uint8 where it came from.

    Where the detector found none, the annotation takes its place if it is given, the centre box otherwise.
    """
    status = np.zeros(len(images), np.uint8)
    chosen = []
    for i, (image, faces) in enumerate(zip(images, found, strict=True)):
        if len(faces):
            chosen.append(choose_face(faces, image.shape))
        elif annotated is not None and len(annotated[i]):
            chosen.append(choose_face(annotated[i], image.shape))
            status[i] = Status.ANNOTATED
        else:
            chosen.append(centre_box(image.shape))
            status[i] = Status.CENTRE
    return chosen, status


def cut(aligner: Aligner, images: Sequence[np.ndarray], located: Sequence[Faces]) -> np.ndarray:
    """Cut one crop per image: (N, S, S, 3) uint8. ``located`` holds one face for each image."""
    crops = np.zeros((len(images), aligner.size_px, aligner.size_px, 3), np.uint8)
    for crop, image, faces in zip(crops, images, located, strict=True):
        crop[:] = aligner.align(image, faces)[0]
    return crops


@dataclass(frozen=True)
class Pipeline:
    """Detector, aligner, preprocessing, encoder and matcher for a few images in memory.

    compare/ runs the same stages one by one, and stores what each makes.
    """

    detector: Detector
    aligner: Aligner
    encoder: Encoder
    matcher: Matcher
    preprocessing: Sequence[Preprocessing] = ()

    def embed(self, images: Sequence[np.ndarray]) -> Embeddings:
        """Embed the face of each image as one vector; a face that was not found is a row with its Status."""
        located, status = locate(images, self.detector.detect(images))
        crops = cut(self.aligner, images, located)
        for step in self.preprocessing:
            crops = step.apply(crops)
        return Embeddings(self.encoder.encode(crops), status)

    def verify(self, first: np.ndarray, second: np.ndarray) -> tuple[float, np.ndarray]:
        """Compare the faces of two images: how alike they are, and the Status (2,) of each."""
        embeddings = self.embed([first, second])
        score = self.matcher.score_pairs(embeddings.vectors[:1], embeddings.vectors[1:])
        return float(score[0]), embeddings.status
