"""Enrolling people: photos are read, pass the gate, and each person is entered whole or not at all.

What was read is kept at once, under the SHA-256 of the file, so that a process that is killed has read nothing in vain.
First the vectors go into the store, under numbers that nobody had before, then one transaction makes them somebody's:
vectors that a killed process left without an owner are removed by the next one that writes.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eigen2arc.core.artefacts import array_sha256
from eigen2arc.core.errors import UserError
from eigen2arc.recognize.stores.local_store import LocalStore

from .gallery import Gallery
from .gate import Limits, refusal
from .ledger import Image, Reading, Refused
from .photo_reading import content_sha256, read_photos
from .publishing import claim

#: A batch has so many photos, or fewer with so many bytes, of which their pixels are some ten times as many.
BATCH, BATCH_BYTES = 16, 16_000_000

#: People are entered when so many images wait for it, or so many seconds have passed.
ENTER_IMAGES, ENTER_S = 256, 2.0

#: A file of more bytes is no photo.
MOST_BYTES = 200_000_000

#: Two images of a person are one picture where their hashes, see dct_hash, differ by so many bits at most, and the
#: cosine of their vectors is as high, so that no other face of it was read. Of 200 images of LFW saved again, as JPEG
#: of quality 10 or 60, half or twice as large, or grey, all differ by 4 bits at most; of those cut by 2 % on each side
#: 30 %. Of 11,802 pairs of one person there four do, which are one picture; the others differ by 6 bits or more.
SAME_BITS, SAME_VECTOR = 4, 0.9


class Photo(NamedTuple):
    """A photo of a person. name : what messages call it."""

    person: str
    name: str
    path: Path


@dataclass
class Report:
    """What came of photos. there : how many were enrolled already. enrolled : new images by person."""

    there: int = 0
    enrolled: Counter[str] = field(default_factory=Counter)
    images: list[int] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def recover(gallery: Gallery) -> None:
    """Remove the vectors that a killed process has left in the store, which are nobody's.

    Raises UserError where vectors are missing that should be there, and where a server holds those of another gallery.
    """
    claim(gallery)
    ids, stored = gallery.ledger.labels()[0], gallery.store.ids()
    missing = np.setdiff1d(ids, stored)
    if len(missing):
        raise UserError(
            f"{gallery.folder}: {len(missing):,} of {len(ids):,} vectors are missing: take them back from a copy of "
            "the folder, or remove the people: eigen2arc gallery check"
        )
    if len(orphans := np.setdiff1d(stored, ids)):
        _forget(gallery, orphans)


def remove(gallery: Gallery, ids: Sequence[int], people: Sequence[str]) -> None:
    """Remove images by their numbers, and these people, of whom none is left, from all files of the gallery.

    The folder is held by the caller.
    """
    gallery.ledger.remove(ids, people)
    _forget(gallery, np.array(ids, np.int64))


def _forget(gallery: Gallery, ids: np.ndarray) -> None:
    """Remove vectors, and write those that stay anew: a store of this machine only marks what is removed."""
    gallery.store.remove(ids)
    if isinstance(gallery.store, LocalStore):
        gallery.store.rebuild()


def enrol(
    gallery: Gallery, photos: Sequence[Photo], limits: Limits, advance: Callable[[], object] = lambda: None
) -> Report:
    """Enrol people by their photos; who is known gets more images.

    advance : called after each photo. The folder is held by the caller.
    """
    report, ready = Report(), _Ready(gallery)
    recover(gallery)
    photos = sorted(photos, key=lambda photo: photo.person)  # stable: what is not in order stays as it was given
    left = Counter(photo.person for photo in photos)
    for photo, reading in _readings(gallery, photos, limits):
        _take(gallery, photo, reading, limits, ready, report)
        left[photo.person] -= 1
        if not left[photo.person]:
            ready.enter(report, closing=photo.person)
        advance()
    ready.enter(report)
    gallery.ledger.refuse(report.refused)
    gallery.ledger.forget_faces()
    return report


class _Ready:
    """Images that pass the gate and wait to be entered."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery, self.began = gallery, time.monotonic()
        self.images: list[tuple[Photo, Reading]] = []

    def enter(self, report: Report, closing: str = "") -> None:
        """Enter all that waits; with ``closing``, the last person who is complete, only when it is time to."""
        enough = len(self.images) >= ENTER_IMAGES or time.monotonic() - self.began >= ENTER_S
        if not self.images or (closing and not enough):
            return
        ids = self.gallery.ledger.reserve(len(self.images))
        vectors = np.stack([reading.vector for _, reading in self.images if reading.vector is not None])
        self.gallery.store.add(np.array(ids), vectors)
        rows = [
            Image(
                number,
                photo.person,
                photo.name,
                reading.sha256,
                array_sha256(vector),
                reading.measures,
                reading.picture,
            )
            for number, (photo, reading), vector in zip(ids, self.images, vectors, strict=True)
            if reading.measures is not None
        ]
        self.gallery.ledger.enrol(rows, [reading.crop for _, reading in self.images])
        report.enrolled.update(photo.person for photo, _ in self.images)
        report.images.extend(ids)
        self.images, self.began = [], time.monotonic()


def _readings(
    gallery: Gallery, photos: Sequence[Photo], limits: Limits
) -> Iterator[tuple[Photo, Reading | UserError | str]]:
    """What is read of each photo, in order; the SHA-256 alone of one that is enrolled, an error where there is none."""
    waiting: list[tuple[Photo, Reading | UserError | str | bytes]] = []
    size = 0
    for photo in photos:
        found = _known(gallery, photo, limits)
        size += len(found) if isinstance(found, bytes) else 0
        waiting.append((photo, found))
        if size >= BATCH_BYTES or sum(isinstance(one, bytes) for _, one in waiting) >= BATCH:
            yield from _read(gallery, waiting, limits)
            waiting, size = [], 0
    yield from _read(gallery, waiting, limits)


def _known(gallery: Gallery, photo: Photo, limits: Limits) -> Reading | UserError | str | bytes:
    """What is known of a photo; its content, where nothing is."""
    try:
        with photo.path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        return UserError(f"cannot be read ({error.strerror or error})")
    if len(data) > MOST_BYTES:
        return UserError(f"has more than {MOST_BYTES:,} bytes, and is no photo")
    sha256 = content_sha256(data)
    if gallery.ledger.enrolled(sha256) is not None:
        return sha256
    kept = gallery.ledger.reading(sha256, gallery.about.dimensions)
    if kept is None or (kept.measures is not None and kept.vector is None and refusal(kept.measures, limits) is None):
        return data
    return kept


def _read(
    gallery: Gallery, waiting: Sequence[tuple[Photo, Reading | UserError | str | bytes]], limits: Limits
) -> Iterator[tuple[Photo, Reading | UserError | str]]:
    files = {content_sha256(found): found for _, found in waiting if isinstance(found, bytes)}
    read: dict[str, Reading] = {}
    if files:
        made = read_photos(list(files.values()), gallery.reader, limits, keeps_images=gallery.about.keeps_images)
        gallery.ledger.keep_readings(made)
        read = {one.sha256: one for one in made}
    for photo, found in waiting:
        yield photo, read[content_sha256(found)] if isinstance(found, bytes) else found


def _take(
    gallery: Gallery,
    photo: Photo,
    found: Reading | UserError | str,
    limits: Limits,
    ready: _Ready,
    report: Report,
) -> None:
    """Have a photo wait to be entered, or say why it is not."""
    if isinstance(found, UserError):
        report.refused.append(Refused(photo.person, photo.name, "unreadable", str(found)))
        return
    sha256 = found if isinstance(found, str) else found.sha256
    owner = gallery.ledger.enrolled(sha256) or next(
        ((one.person, one.name) for one, reading in ready.images if reading.sha256 == sha256), None
    )
    if owner == (photo.person, photo.name):
        report.there += 1
    elif owner is not None:
        report.refused.append(Refused(photo.person, photo.name, "same_picture", _same_picture(photo, *owner)))
    elif isinstance(found, Reading):
        why = found.refusal or (None if found.measures is None else refusal(found.measures, limits))
        copy = None if why is not None else _copy_of(gallery, photo, found, ready)
        if why is not None:
            report.refused.append(Refused(photo.person, photo.name, *why))
        elif copy is not None:
            report.refused.append(
                Refused(photo.person, photo.name, "same_picture", _same_picture(photo, photo.person, copy))
            )
        else:
            ready.images.append((photo, found))


def _same_picture(photo: Photo, person: str, name: str) -> str:
    if person == photo.person:
        return f"is the same picture as {name}, which is enrolled: remove one"
    return f"is the same picture as {name} of {person}, which is enrolled: remove it where it is wrong"


def _copy_of(gallery: Gallery, photo: Photo, reading: Reading, ready: _Ready) -> str | None:
    """The name of an image of the same person that is the same picture, saved again or scaled."""
    waiting = [(one.name, other.picture, other.vector) for one, other in ready.images if one.person == photo.person]
    near = [(name, vector) for name, picture, vector in waiting if _near(picture, reading.picture)]
    stored = [one for one in gallery.ledger.images(photo.person) if _near(one.picture, reading.picture)]
    near += [(one.name, gallery.store.vectors(np.array([one.id]))[0]) for one in stored]
    for name, vector in near:
        if vector is not None and reading.vector is not None and _cosine(vector, reading.vector) >= SAME_VECTOR:
            return name
    return None


def _near(first: int, second: int) -> bool:
    return ((first ^ second) & ((1 << 64) - 1)).bit_count() <= SAME_BITS


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    a, b = first.astype(np.float64), second.astype(np.float64)
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12))
