"""Whether a gallery is whole, and whether its people are told apart by their own images."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from eigen2arc.core.artefacts import array_sha256
from eigen2arc.core.errors import UserError
from eigen2arc.recognize.stores.nearest_people import mean_score

from .gallery import Gallery

#: Images that are looked up at a time.
BLOCK = 256


class Neighbours(NamedTuple):
    """Whom an image is most like. image : its number.

    own : the score to the mean of its person's other images, None where there is no other. other, score : the most
    alike person of all others; "" and -inf where there is nobody.
    """

    image: int
    person: str
    own: float | None
    other: str
    score: float


def neighbours(
    gallery: Gallery, ids: np.ndarray, advance: Callable[[int], object] = lambda count: None
) -> Iterator[Neighbours]:
    """Look up images of a gallery, by their numbers (N,) int64, each without itself; advance : told how many."""
    every, labels, names = gallery.ledger.labels()
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(len(names) + 1))
    for start in range(0, len(ids), BLOCK):
        block = ids[start : start + BLOCK]
        vectors = gallery.store.vectors(block)
        found = gallery.candidates(vectors, left_out=block)
        for image, vector, candidates in zip(block.tolist(), vectors, found, strict=True):
            label = int(labels[np.searchsorted(every, image)])
            of_own = every[order[starts[label] : starts[label + 1]]]
            others = of_own[of_own != image]
            own = mean_score(gallery.store, vector, others) if len(others) else None
            other = next((one for one in candidates if one.person != names[label]), None)
            yield Neighbours(image, names[label], own, other.person if other else "", other.score if other else -np.inf)
        advance(len(block))


def suspicious(found: list[Neighbours], threshold: float | None) -> list[Neighbours]:
    """Choose the images that would be named as somebody else, and not as their own person, by the threshold.

    Of a person with one image that one is chosen who would be named as somebody else. Nobody, without a threshold.
    """
    if threshold is None:
        return []
    return [one for one in found if one.score >= threshold and (one.own is None or one.own < threshold)]


def faults(gallery: Gallery) -> list[str]:
    """Read all that a gallery keeps, and name what is damaged, missing or left over, a line each."""
    found = gallery.ledger.problems()
    try:
        gallery.store.check()
    except UserError as error:
        found.append(str(error))
    if found:
        return found
    kept, stored = gallery.ledger.labels()[0], gallery.store.ids()
    if missing := len(np.setdiff1d(kept, stored)):
        found.append(f"{missing:,} of {len(kept):,} vectors are missing: take them back from a copy, or build it again")
    if left := len(np.setdiff1d(stored, kept)):
        found.append(f"{left:,} vectors are nobody's, left by a killed process: the next gallery add removes them")
    both = set(np.intersect1d(kept, stored).tolist())
    there = [one for one in gallery.ledger.images() if one.id in both]
    for start in range(0, len(there), BLOCK):
        block = there[start : start + BLOCK]
        vectors = gallery.store.vectors(np.array([one.id for one in block]))
        for one, vector in zip(block, vectors, strict=True):
            if not np.isfinite(vector).all():
                found.append(f"the vector of {one.person}/{one.name} is not finite")
            elif array_sha256(vector) != one.vector_sha256:
                found.append(f"the vector of {one.person}/{one.name} is not the one that was enrolled")
    try:
        _ = gallery.reader
    except UserError as error:
        found.append(str(error))
    return found
