"""A gallery, opened: whom it knows, by which vectors, and who is most like a face."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import read_json
from eigen2arc.recognize.calibration.gallery_calibration import GalleryCalibration, gallery_calibration_of
from eigen2arc.recognize.reading.face_reader import FaceReader
from eigen2arc.recognize.stores.nearest_people import Candidate, nearest_people
from eigen2arc.recognize.stores.open_store import open_store
from eigen2arc.recognize.stores.store import VectorStore

from .about import About, build_reader, read_about
from .ledger import Ledger
from .published_ledger import PublishedLedger

#: Where the vectors of a gallery lie in its folder.
VECTORS = "vectors"

#: What scores in it mean, and at which state of its people that was measured: {"changes": ..., "calibration": ...}.
CALIBRATION = "calibration.json"


class Gallery:
    """An opened gallery; what others write into it meanwhile is seen once it is complete.

    folder : where it lies. about : see About. device : where its networks run.
    """

    def __init__(self, folder: Path, about: About, device: str | None = None) -> None:
        self.folder, self.about, self.device = folder, about, device
        self._ledger = Ledger(folder)
        self._published: PublishedLedger | None = None
        if about.store and not self._ledger.path.exists():
            self._published = PublishedLedger(self.store.metadata(), about)

    @classmethod
    def open(cls, folder: Path | str, device: str | None = None) -> "Gallery":
        """Open the gallery in a folder. Raises UserError, a line, for what is none, or another version's."""
        gallery = cls(Path(folder), read_about(Path(folder)), device)
        gallery.counts()
        return gallery

    @property
    def ledger(self) -> Ledger:
        """Who is in the gallery, to be changed. Raises UserError in a folder that has a copy of gallery.json alone."""
        if self._published is not None:
            raise UserError(f"{self.folder}: a copy that only names faces: give the folder where the gallery was built")
        return self._ledger

    def counts(self) -> tuple[int, int, int]:
        """Count people, images and refused photos."""
        return (self._published or self._ledger).counts()

    @cached_property
    def reader(self) -> FaceReader:
        """What reads faces as those of the gallery were read. Raises UserError where that cannot be had any more."""
        return build_reader(self.about, self.folder, self.device)

    @cached_property
    def store(self) -> VectorStore:
        """The vectors, under the numbers of their images."""
        return open_store(self.about.store or self.folder / VECTORS, self.about.dimensions, self.about.metric)

    @property
    def calibration(self) -> GalleryCalibration | None:
        """What scores in the gallery mean; None where that was not measured, or people were changed since.

        Raises UserError for a damaged file.
        """
        if self._published is not None:
            return self._published.calibration
        path = self.folder / CALIBRATION
        if not path.exists():
            return None
        kept = read_json(path, dict[str, Any], f"eigen2arc gallery calibrate {self.folder}")
        if kept.get("changes") != self.ledger.changes():
            return None
        return gallery_calibration_of(kept.get("calibration", {}), path)

    @property
    def people(self) -> list[str]:
        """The names of everybody, in order."""
        return list((self._published or self._ledger).people())

    def person_of(self, ids: np.ndarray) -> np.ndarray:
        """Return whom images show, by their numbers (...) int64: (...) object, names, None for nobody's."""
        ids = np.asarray(ids, np.int64)
        known, inverse = np.unique(ids, return_inverse=True)
        owners = (self._published or self._ledger).owners(known.tolist())
        names = np.array([owners.get(one) for one in known.tolist()], object)
        return names[inverse.reshape(ids.shape)]

    def ids_of(self, person: str) -> np.ndarray:
        """Return the numbers (m,) int64 of a person's images."""
        return np.array((self._published or self._ledger).ids(person), np.int64)

    def candidates(
        self, vectors: np.ndarray, people: int = 2, left_out: np.ndarray | None = None
    ) -> list[list[Candidate[str]]]:
        """Find for each of (Q, D) vectors the most alike people, see stores.nearest_people."""
        return nearest_people(
            self.store, vectors, lambda ids: self.person_of(ids).tolist(), self.ids_of, people, left_out
        )
