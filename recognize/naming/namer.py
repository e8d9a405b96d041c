"""Every face of an image named by people who are known, or unknown, or not to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eigen2arc.recognize.reading.face_reader import ReadFaces
from eigen2arc.recognize.verification.verdict import weakness

from .known_people import KnownPeople


@dataclass(frozen=True)
class NamedFace:
    """A face of an image, and who it is.

    box : x1 y1 x2 y2 in pixels. nearest : the most alike of the people, with the ``score``; runner_up, runner_up_score
    : the next, None where there is but one. distance : the score less the threshold; None where there is no threshold.
    probability : that the nearest is the right one, 0..1; None where nothing tells it. weak : why the face shows too
    little, "" where it does not.
    """

    box: tuple[float, float, float, float]
    nearest: str
    score: float
    runner_up: str | None
    runner_up_score: float | None
    distance: float | None
    probability: float | None
    weak: str

    @property
    def named(self) -> str | None:
        """Who it is: the nearest, where the threshold is reached or there is none; None for nobody who is known.

        A name that is more likely wrong than right is not given: a gallery of few people can only promise a high rate
        of strangers, and so a low threshold.
        """
        reached = self.distance is None or self.distance >= 0
        return self.nearest if reached and (self.probability is None or self.probability >= 0.5) else None

    @property
    def verdict(self) -> Literal["named", "unknown", "cannot tell"]:
        """What is said of the face. One that is not named, and hardly could be, is not said to be unknown.

        A tiny or blurred face whose score reaches the threshold is named all the same: it is less like everybody. With
        1,000 people of LFW enrolled in an ONNX network, the threshold that 1 % of the strangers reach was reached by
        .8, .6, .4 % of 500 with 12, 9, 7 px between the eyes, and by 1.6, 1.2, .6 % blurred by 2, 3, 4 px.
        """
        return "named" if self.named is not None else "cannot tell" if self.weak else "unknown"


def name_faces(known: KnownPeople, images: Sequence[np.ndarray]) -> list[list[NamedFace]]:
    """Find and name all faces of each image, uint8 RGB (H, W, 3), the best detection first.

    Two faces of one image may get one name: of a collage, a mirror, or a photo in the photo that is right.
    """
    read = known.reader.read(images)
    if not any(map(len, read)):
        return [[] for _ in images]
    named = iter(_named(known, images, read))
    return [[next(named) for _ in range(len(one))] for one in read]


def _named(known: KnownPeople, images: Sequence[np.ndarray], read: Sequence[ReadFaces]) -> list[NamedFace]:
    vectors = np.concatenate([one.vectors for one in read])
    found, threshold = known.candidates(vectors), known.threshold
    sure = known.probability(found.score)
    probabilities = [None] * len(vectors) if sure is None else sure.tolist()
    faces = [(image, one.faces[[i]]) for image, one in zip(images, read, strict=True) for i in range(len(one))]
    columns = (found.nearest, found.score.tolist(), found.runner_up, found.runner_up_score.tolist())
    boxes = [box for one in read for box in one.faces.boxes.tolist()]
    return [
        NamedFace(
            (box[0], box[1], box[2], box[3]),
            nearest,
            score,
            runner_up,
            None if runner_up is None else runner_up_score,
            None if threshold is None else score - threshold,
            probability,
            weakness(*face),
        )
        for box, probability, face, nearest, score, runner_up, runner_up_score in zip(
            boxes, probabilities, faces, *columns, strict=True
        )
    ]
