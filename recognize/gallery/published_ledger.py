"""Who is in a gallery whose vectors are on a server, as it was published there: see publishing."""

from collections.abc import Sequence
from typing import Any

from eigen2arc.core.errors import UserError
from eigen2arc.recognize.calibration.gallery_calibration import GalleryCalibration, gallery_calibration_of

from .about import About


class PublishedLedger:
    """The part of a ledger that naming faces takes, of the JSON object beside the vectors.

    calibration : of the gallery, None where there is none. Raises UserError for what is no ledger of this gallery.
    """

    def __init__(self, published: dict[str, Any], about: About) -> None:
        where = about.store
        people, calibration = published.get("people", {}), published.get("calibration")
        if published.get("id") != about.id:
            raise UserError(f"{where}: is not the collection of this gallery: it may have been built anew")
        ids = [one for of in people.values() for one in of] if _is_table(people) else [None]
        if not all(type(one) is int for one in ids):
            raise UserError(f"{where}: what is said there of the people of the gallery is damaged")
        self._people: dict[str, list[int]] = people
        self._owners = {one: name for name, of in people.items() for one in of}
        self.calibration: GalleryCalibration | None = None
        if calibration is not None:
            self.calibration = gallery_calibration_of(calibration, where)

    def people(self) -> dict[str, int]:
        """List everybody by name, in order, and how many images each has."""
        return {name: len(self._people[name]) for name in sorted(self._people)}

    def counts(self) -> tuple[int, int, int]:
        """Count people and images; what was refused is known where the gallery was built."""
        return len(self._people), len(self._owners), 0

    def owners(self, ids: Sequence[int]) -> dict[int, str]:
        """Return who is shown by the images of these numbers; those of nobody are left out."""
        return {one: self._owners[one] for one in ids if one in self._owners}

    def ids(self, person: str) -> list[int]:
        """Return the numbers of a person's images."""
        return self._people[person]


def _is_table(people: Any) -> bool:
    return isinstance(people, dict) and all(isinstance(of, list) for of in people.values())
