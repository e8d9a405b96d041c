"""Every face of an image named by a fitted system, or unknown: whom of its people the face is most like, and how."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.identification import answers
from eigen2arc.recognize.reading.face_reader import FaceReader

from .system_file import System


@dataclass(frozen=True)
class NamedFace:
    """A face of an image, and who it is.

    box : x1 y1 x2 y2 in pixels. nearest : the most alike of the people, with the ``score``; runner_up, runner_up_score
    : the next, None where there is but one. distance : the score less the threshold; None where there is no threshold.
    """

    box: tuple[float, float, float, float]
    nearest: str
    score: float
    runner_up: str | None
    runner_up_score: float | None
    distance: float | None

    @property
    def named(self) -> str | None:
        """Who it is: the nearest, where the threshold is reached or there is none; None for nobody who is known."""
        return self.nearest if self.distance is None or self.distance >= 0 else None


class Recognizer:
    """Names the faces of images by a system."""

    def __init__(self, system: System) -> None:
        self.system = system
        detector, aligner = (system.components[kind].built for kind in ("detector", "aligner"))
        self.reader = FaceReader(detector, aligner, system.encoder, system.steps)
        identifier = system.components.get("identifier")
        if identifier is not None:
            self._scores = identifier.fresh().fit(system.vectors, system.person).score
            self._columns = np.unique(system.person)
        else:
            matcher = system.components["matcher"].built
            self._scores = lambda vectors: matcher.score(vectors, system.vectors)
            self._columns = system.person

    def name(self, images: Sequence[np.ndarray]) -> list[list[NamedFace]]:
        """Find and name all faces of each image, uint8 RGB (H, W, 3), the best detection first.

        Raises UserError where the system's vectors give no scores.
        """
        read = self.reader.read(images)
        if not any(map(len, read)):
            return [[] for _ in images]
        boxes = [box for one in read for box in one.faces.boxes.tolist()]
        named = iter(self._named(np.concatenate([one.vectors for one in read]), boxes))
        return [[next(named) for _ in range(len(one))] for one in read]

    def _named(self, vectors: np.ndarray, boxes: list[list[float]]) -> list[NamedFace]:
        people, threshold = self.system.about.people, self.system.threshold
        with np.errstate(all="ignore"):
            similarity = self._scores(vectors)
        if not np.isfinite(similarity).all():  # vectors that the encoder cannot have made
            raise UserError(f"the system {self.system.about.id}: its vectors give no scores: run the comparison again")
        # To a system whoever stands before it may be a stranger: no person comes last in a tie.
        found = answers(similarity, np.full(len(vectors), -1), self._columns)
        columns = (boxes, found.named, found.score, found.runner_up, found.runner_up_score)
        return [
            NamedFace(
                (box[0], box[1], box[2], box[3]),
                people[named],
                float(score),
                None if runner_up < 0 else people[runner_up],
                None if runner_up < 0 else float(runner_up_score),
                None if threshold is None else float(score) - threshold.value,
            )
            for box, named, score, runner_up, runner_up_score in zip(*columns, strict=True)
        ]
