"""The people of a fitted system: whom of them a face is most like, by its matcher or its identifier."""

from dataclasses import asdict

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json
from eigen2arc.core.metrics.identification import answers
from eigen2arc.recognize.reading.face_reader import FaceReader
from eigen2arc.recognize.systems.system_file import System

from .known_people import Candidates, counted


class SystemPeople:
    """Those whom a system has enrolled; implements KnownPeople."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.threshold = None if system.threshold is None else system.threshold.value
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

    def candidates(self, vectors: np.ndarray) -> Candidates:
        """Find the most alike people of vectors (N, D), see KnownPeople; UserError where they give no scores."""
        with np.errstate(all="ignore"):
            similarity = self._scores(vectors)
        if not np.isfinite(similarity).all():  # vectors that the encoder cannot have made
            raise UserError(f"the system {self.system.about.id}: its vectors give no scores: run the comparison again")
        # To a system whoever stands before it may be a stranger: no person comes last in a tie.
        found = answers(similarity, np.full(len(vectors), -1), self._columns)
        people = self.system.about.people
        runners_up = [None if one < 0 else people[one] for one in found.runner_up.tolist()]
        return Candidates([people[one] for one in found.named], found.score, runners_up, found.runner_up_score)

    def probability(self, scores: np.ndarray) -> None:
        """Tell nothing: a run sets a threshold, and calibrates no probability."""

    def describe(self) -> str:
        """Say in a line which system answers, whom it knows, and its threshold."""
        about, threshold = self.system.about, self.system.threshold
        without = f", {about.without_face:,} of them without a face that was found" if about.without_face else ""
        images = counted(len(self.system.person), "image")
        people = counted(len(about.people), "person", "people")
        parts = [
            f"{about.title} ({about.id}): {about.learned}",
            f"knows {people} by {images} of {about.enrolled}{without}",
        ]
        if threshold is None:
            return "; ".join([*parts, f"no threshold: {about.no_threshold}"])
        share, low, high = (
            f"{100 * value:.2g}" for value in (threshold.taken / threshold.strangers, threshold.low, threshold.high)
        )
        of = f"{counted(threshold.strangers, 'image')} of {threshold.calibrated_on}"
        said = f"threshold {threshold.value:.6g} for a false positive rate of {100 * threshold.fpir:g} %"
        return "; ".join([*parts, f"{said}: {share} % ({low} to {high} %) of {of} were taken for somebody"])

    def as_json(self) -> Json:
        """Return what describe says as plain values."""
        about = self.system.about
        return {
            "id": about.id,
            "name": about.title,
            "learned": about.learned,
            "enrolled": about.enrolled,
            "people": len(about.people),
            "images": len(self.system.person),
            "threshold": None if self.system.threshold is None else asdict(self.system.threshold),
            "no_threshold": about.no_threshold,
        }

    def cautions(self) -> list[str]:
        """Return a line where there is no threshold."""
        if self.threshold is not None:
            return []
        without = f"there is no threshold ({self.system.about.no_threshold})"
        return [f"{without}: the most alike person is named, be it a stranger's face"]
