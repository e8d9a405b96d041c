"""The people of a gallery: whom of them a face is most like, by the search of its store."""

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json
from eigen2arc.recognize.calibration.gallery_calibration import GalleryCalibration
from eigen2arc.recognize.gallery.gallery import Gallery

from .known_people import Candidates, counted


class GalleryPeople:
    """Those who are enrolled in a gallery; implements KnownPeople.

    A person's score is that of stores.nearest_people, and what the gallery's calibration is of.
    Raises UserError for a gallery that knows nobody, or whose encoder cannot be had any more.
    """

    def __init__(self, gallery: Gallery) -> None:
        self.gallery, self.calibration = gallery, gallery.calibration
        self.threshold = None if self.calibration is None else self.calibration.threshold
        self.people, self.images, _ = gallery.counts()
        if not self.people:
            raise UserError(f"{gallery.folder}: knows nobody: enrol people with eigen2arc gallery add")
        self.reader = gallery.reader

    def candidates(self, vectors: np.ndarray) -> Candidates:
        """Find the most alike people of vectors (N, D), see KnownPeople; UserError where they give no scores."""
        found = self.gallery.candidates(vectors)
        if not all(found):  # of length zero, which no face has
            raise UserError(f"{self.gallery.folder}: a face's vector is like nobody's: eigen2arc gallery check")
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

    def describe(self) -> str:
        """Say in a line which gallery answers, by which encoder, whom it knows, and its threshold."""
        known = self.calibration
        stages = ", ".join(self.gallery.about.stages[kind]["name"] for kind in ("detector", "aligner", "encoder"))
        parts = [
            f"{self.gallery.folder.name}: {stages}",
            f"knows {counted(self.people, 'person', 'people')} by {counted(self.images, 'image')}",
        ]
        if known is None or known.threshold is None:
            return "; ".join([*parts, f"no threshold: {self._without()}"])
        assert known.fpir is not None
        said = f"threshold {known.threshold:.6g} for a false positive rate of {100 * known.fpir:g} %"
        if known.found is not None:
            share, low, high = (f"{100 * one:.2g}" for one in (known.found.value, known.found.low, known.found.high))
            looked_up = counted(known.strangers, "image")
            said += f": {share} % ({low} to {high} %) of {looked_up} of strangers were taken for somebody"
        parts += [said, f"calibrated on {known.data}, {known.date}", *filter(None, [known.note])]
        return "; ".join(parts)

    def as_json(self) -> Json:
        """Return what describe says as plain values."""
        about, known = self.gallery.about, self.calibration
        return {
            "id": str(self.gallery.folder),
            "name": self.gallery.folder.name,
            "stages": {kind: dict(table) for kind, table in about.stages.items()},
            "caution": about.caution,
            "people": self.people,
            "images": self.images,
            "threshold": None if known is None or known.threshold is None else _threshold(known),
            "no_threshold": self._without() if self.threshold is None else "",
            "calibration": None if known is None else known.to_json(),
        }

    def cautions(self) -> list[str]:
        """Return what the encoder's vectors are worth, where that is little, and a line where there is no threshold."""
        found = [self.gallery.about.caution] if self.gallery.about.caution else []
        if self.threshold is None:
            found.append(f"there is no threshold ({self._without()}): the most alike person is named, be it a stranger")
        return found

    def _without(self) -> str:
        """Why there is no threshold."""
        if self.calibration is not None:
            return self.calibration.note
        return f"people were changed since it was calibrated: eigen2arc gallery calibrate {self.gallery.folder}"


def _threshold(known: GalleryCalibration) -> Json:
    """The threshold as that of a run's system, as far as both have the same."""
    return {
        "value": known.threshold,
        "fpir": known.fpir,
        "strangers": known.strangers,
        "people": known.stranger_people,
        "low": None if known.found is None else known.found.low,
        "high": None if known.found is None else known.found.high,
        "calibrated_on": known.data,
    }
