"""Splitting people into those who are enrolled and strangers, for open-set identification."""

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, UNUSED


def open_set_split(
    labels: np.ndarray,
    outside: np.ndarray,
    *,
    people: int | None,
    strangers: int | None,
    enrolled: int,
    probes: int | None,
    seed: tuple[int, int],
) -> np.ndarray:
    """Draw one round: (N,) int64, of each image GALLERY, PROBE or UNUSED. No stranger has an image in the gallery.

    labels : (N,) int64, whose image it is, -1 for an unknown person, who may only be one of ``outside``. outside : (N,)
    bool, the images of people who are never enrolled. people : so many are enrolled, of those with more than
    ``enrolled`` images; None for all of them where there are people outside, and else for half. strangers : so many
    people are strangers, of those outside, or where there are none of those who are not enrolled; None for all. Who is
    unknown is a stranger with every image. enrolled : images of each in the gallery. probes : at most so many of a
    person's other images are looked up; None for all. seed : the same one, the same round.

    Raises UserError where there are too few people or strangers, saying how many there are.
    """
    rng = np.random.default_rng(seed)
    images_of = _by_person(labels, np.flatnonzero(~outside & (labels >= 0)))
    candidates = [images for images in images_of if len(images) > enrolled]
    wanted = people or (len(candidates) if outside.any() else max(1, len(candidates) // 2))
    if not candidates or wanted > len(candidates):
        raise UserError(f"{len(candidates)} people have more than {enrolled} images, {wanted} are to be enrolled")
    chosen = np.sort(rng.permutation(len(candidates))[:wanted])
    taken = {int(candidates[i][0]) for i in chosen}
    others = _by_person(labels, np.flatnonzero(outside)) if outside.any() else images_of
    others = [images for images in others if int(images[0]) not in taken]
    if not others or (strangers or 0) > len(others):
        raise UserError(f"{len(others)} people are left as strangers, {strangers or 'some'} are needed")
    split = np.full(len(labels), UNUSED, np.int64)
    for i in chosen:
        images = rng.permutation(candidates[i])
        split[images[:enrolled]] = GALLERY
        split[images[enrolled:][:probes]] = PROBE
    for i in np.sort(rng.permutation(len(others))[:strangers]):
        split[rng.permutation(others[i])[:probes]] = PROBE
    return split


def _by_person(labels: np.ndarray, images: np.ndarray) -> list[np.ndarray]:
    """Group images by whose they are, in order of the labels; an unknown person's are one each."""
    known = images[labels[images] >= 0]
    order = known[np.argsort(labels[known], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []
    return [*groups, *images[labels[images] < 0][:, None]]
