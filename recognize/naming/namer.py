"""Every face of an image named by people who are known, or unknown, or not to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eigen2arc.recognize.reading.face_quality import Fault, face_faults
from eigen2arc.recognize.reading.face_reader import ReadFaces

from .known_people import KnownPeople


@dataclass(frozen=True)
class NamedFace:
    """A face of an image, and who it is.

    box : x1 y1 x2 y2 in pixels. nearest : the most alike of the people, with the ``score``; runner_up, runner_up_score
    : the next, None where there is but one. distance : the score less the threshold; None where there is no threshold.
    probability : that the nearest is the right one, 0..1; None where nothing tells it. fault : why its vector says
    little, None for a face that is large and sharp enough.
    """

    box: tuple[float, float, float, float]
    nearest: str
    score: float
    runner_up: str | None
    runner_up_score: float | None
    distance: float | None
    probability: float | None
    fault: Fault | None

    @property
    def named(self) -> str | None:
        """Who it is: the nearest, where the threshold is reached or there is none; None for nobody who is known."""
        return self.nearest if self.distance is None or self.distance >= 0 else None

    @property
    def verdict(self) -> Literal["named", "unknown", "tiny", "blurred"]:
        """What is said of the face. One that is not named, and could hardly be, is not said to be unknown.

        A tiny or blurred face that reaches the threshold all the same is named: degraded strangers reach it no more
        often than others, see STRANGERS.
        """
        return "named" if self.named is not None else self.fault or "unknown"


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
    faults = [fault for image, one in zip(images, read, strict=True) for fault in face_faults(image, one.faces)]
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
            fault,
        )
        for box, probability, fault, nearest, score, runner_up, runner_up_score in zip(
            boxes, probabilities, faults, *columns, strict=True
        )
    ]
