"""The people of a gallery: whom of them a face is most like, by the search of its store."""

from dataclasses import asdict

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json
from eigen2arc.recognize.gallery.gallery import Gallery

from .known_people import Candidates


class GalleryPeople:
    """Those who are enrolled in a gallery; implements KnownPeople.

    A person's score is that of the most alike image, the first that a search finds, and the one that the gallery's
    calibration is of. Means were tried: {MEANS}
    Raises UserError for a gallery that knows nobody.
    """

    def __init__(self, gallery: Gallery) -> None:
        self.gallery, self.calibration = gallery, gallery.calibration
        self.threshold = None if self.calibration is None else self.calibration.threshold
        self.reader = gallery.reader
        self.counts = gallery.ledger.counts()
        if not self.counts.people:
            raise UserError(f"{gallery.folder}: knows nobody: enrol people with eigen2arc gallery add")

    def candidates(self, vectors: np.ndarray) -> Candidates:
        """Find the most alike people of vectors (N, D), see KnownPeople; UserError where they give no scores."""
        found = self.gallery.candidates(vectors, 2)
        if not all(found):  # of length zero, which no face has
            raise UserError(f"{self.gallery.folder}: a face's vector is like nobody's: the encoder is at fault")
        second = [two[1] if len(two) > 1 else None for two in found]
        return Candidates(
            [two[0].person for two in found],
            np.array([two[0].score for two in found], np.float64),
            [None if one is None else one.person for one in second],
            np.array([np.nan if one is None else one.score for one in second], np.float64),
        )

    def probability(self, scores: np.ndarray) -> np.ndarray | None:
        """Tell how probable it is that the nearest is the right one, as the calibration has it."""
        if self.calibration is None or self.calibration.slope is None:
            return None
        return np.array([self.calibration.probability(score) for score in scores.tolist()], np.float64)
