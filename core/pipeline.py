"""The four stages in a row: the only file that chains them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from .errors import UserError
from .stages import Aligner, Detector, Encoder, Matcher, Preprocessing
from .types import Embeddings, Faces, Status

#: Which of an image's faces it is about: large and near the centre, the usual choice for sets with one labelled person
#: an image; the largest; the one with the best score; or, of those whose centre is in the annotated box, the central.
Choose = Literal["central", "largest", "best", "annotated"]

#: What takes the place of a face that was not found: the annotated one, and where there is none the image's centre;
#: always the centre; nothing, so that the caller leaves the image out; or an error.
OnMissing = Literal["annotation", "centre", "skip", "error"]


class Policy(NamedTuple):
    """Which face an image is about, and what takes the place of one that was not found."""

    on_missing: OnMissing = "annotation"
    choose: Choose = "central"


#: What holds where nobody says anything else.
POLICY = Policy()


def choose_face(
    faces: Faces, image_shape: tuple[int, ...], choose: Choose = "central", annotated: Faces | None = None
) -> Faces:
    """Choose the one face that an image is about, see Choose. Returns none only if there is none to choose from."""
    if choose == "annotated" and annotated is not None and len(annotated):
        x1, y1, x2, y2 = choose_face(annotated, image_shape).boxes[0]
        x, y = ((faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2).T
        faces = faces[(x1 <= x) & (x <= x2) & (y1 <= y) & (y <= y2)]
    if not len(faces):
        return faces
    size = np.prod(faces.boxes[:, 2:] - faces.boxes[:, :2], axis=1)
    if choose == "largest":
        return faces[[int(np.argmax(size))]]
    if choose == "best":
        return faces[[int(np.argmax(faces.scores))]]
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    offset = centres - np.array([image_shape[1], image_shape[0]]) / 2
    return faces[[int(np.argmax(size - 2 * np.sum(offset**2, axis=1)))]]


def centre_box(image_shape: tuple[int, ...]) -> Faces:
    """Return the square in the image's centre, half as wide as its shorter side: where portraits have the face."""
    height, width = image_shape[:2]
    half = min(height, width) / 4
    box = [width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half]
    return Faces(np.array([box]), np.zeros(1))


def locate(
    images: Sequence[np.ndarray],
    found: Sequence[Faces],
    annotated: Sequence[Faces] | None = None,
    *,
    on_missing: OnMissing,
    choose: Choose = "central",
) -> tuple[list[Faces], np.ndarray]:
    """Choose the one face of each image, and say by its Status (N,) uint8 where it came from.

    Raises UserError for an image without a face where ``on_missing`` is "error".
    """
    status = np.zeros(len(images), np.uint8)
    located = []
    for i, (image, faces) in enumerate(zip(images, found, strict=True)):
        known = None if annotated is None else annotated[i]
        chosen = choose_face(faces, image.shape, choose, known)
        if not len(chosen):
            chosen, status[i] = _in_place_of_a_face(image.shape, known, on_missing)
        located.append(chosen)
    return located, status


def _in_place_of_a_face(
    image_shape: tuple[int, ...], annotated: Faces | None, on_missing: OnMissing
) -> tuple[Faces, Status]:
    if on_missing == "error":
        height, width = image_shape[:2]
        raise UserError(f"no face was found in an image of {width} x {height} px: try another detector or image")
    if on_missing == "skip":
        return Faces.none(), Status.SKIPPED
    if on_missing == "annotation" and annotated is not None and len(annotated):
        return choose_face(annotated, image_shape), Status.ANNOTATED
    return centre_box(image_shape), Status.CENTRE


def cut(aligner: Aligner, images: Sequence[np.ndarray], located: Sequence[Faces]) -> np.ndarray:
    """Cut one crop per face: (M, S, S, 3) uint8. ``located`` has a face for each image; one with none is left out."""
    crops = np.zeros((sum(map(len, located)), aligner.size_px, aligner.size_px, 3), np.uint8)
    shown = [(image, faces) for image, faces in zip(images, located, strict=True) if len(faces)]
    for crop, (image, faces) in zip(crops, shown, strict=True):
        crop[:] = aligner.align(image, faces)[0]
    return crops


class Comparison(NamedTuple):
    """How alike the faces of two images are.

    score : None where an image shows no face. faces : the one of each image that was compared. counts : of each image.
    """

    score: float | None
    faces: tuple[Faces, Faces]
    counts: tuple[int, int]


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
    choose: Literal["central", "largest", "best"] = "central"
    on_missing: Literal["centre", "error"] = "centre"

    def embed(self, images: Sequence[np.ndarray]) -> Embeddings:
        """Embed the face of each image as one vector; a face that was not found is a row with its Status."""
        located, status = locate(images, self.detector.detect(images), on_missing=self.on_missing, choose=self.choose)
        return Embeddings(self._vectors(images, located), status)

    def _vectors(self, images: Sequence[np.ndarray], located: Sequence[Faces]) -> np.ndarray:
        crops = cut(self.aligner, images, located)
        for step in self.preprocessing:
            crops = step.apply(crops)
        return self.encoder.encode(crops)

    def verify(self, first: np.ndarray, second: np.ndarray) -> tuple[float, np.ndarray]:
        """Compare the faces of two images: how alike they are, and the Status (2,) of each."""
        embeddings = self.embed([first, second])
        score = self.matcher.score_pairs(embeddings.vectors[:1], embeddings.vectors[1:])
        return float(score[0]), embeddings.status

    def compare(self, first: np.ndarray, second: np.ndarray, *, all_pairs: bool = False) -> Comparison:
        """Compare a face of each image, the one that ``choose`` says or, of ``all_pairs``, those most alike.

        Unlike verify(), it compares nothing where an image shows no face.
        """
        images = first, second
        found = self.detector.detect(images)
        faces = [
            one if all_pairs else choose_face(one, image.shape, self.choose)
            for image, one in zip(images, found, strict=True)
        ]
        counts = len(found[0]), len(found[1])
        if not all(counts):
            return Comparison(None, (Faces.none(), Faces.none()), counts)
        single = [(image, one[[i]]) for image, one in zip(images, faces, strict=True) for i in range(len(one))]
        vectors = self._vectors(*zip(*single, strict=True))
        a, b = vectors[: len(faces[0])], vectors[len(faces[0]) :]
        i, j = divmod(int(self.matcher.score(a, b).argmax()), len(b))
        score = self.matcher.score_pairs(a[[i]], b[[j]])[0]
        return Comparison(float(score), (faces[0][[i]], faces[1][[j]]), counts)
