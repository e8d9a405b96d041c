"""Cleaning a set by distance to the class centre: images that look unlike their person are taken out.

Deng, Zhou, Zafeiriou, "Marginal Loss for Deep Face Recognition" (CVPR Workshops 2017), and Deng, Guo, Xue, Zafeiriou,
"ArcFace: Additive Angular Margin Loss for Deep Face Recognition" (CVPR 2019), section 3.1, refine MS-Celeb-1M so: an
image whose vector is too far from its identity's centre is removed. Their threshold is not published.
"""

from dataclasses import dataclass

import numpy as np

from eigen2arc.core.checks import check_finite, check_shape
from eigen2arc.core.errors import UserError

#: Angles that differ by less are equal: arccos loses half of the digits where it is steep.
ROUNDING_RAD = 1e-6


@dataclass(frozen=True)
class Cleaned:
    """kept : (N,) bool. angle_rad : (N,) float64, 0 to pi, of each image to the last centre of its person; NaN where
    that is unknown.

    people : (P,) int64, the labels, ascending. images, left : (P,) int64, the images of each before and after.
    """

    kept: np.ndarray
    angle_rad: np.ndarray
    people: np.ndarray
    images: np.ndarray
    left: np.ndarray


def clean(vectors: np.ndarray, labels: np.ndarray, *, threshold_rad: float, rounds: int) -> Cleaned:
    """Take out images farther than ``threshold_rad`` from their person's centre, ``rounds`` times or until all stay.

    vectors : (N, D) of any length but what is not finite. labels : (N,) int64; images of the label -1 are left alone.
    The centre is the mean of the unit vectors of those that are left, so it moves as wrong ones go; who is out stays
    out. Of every person the image nearest to the centre stays, so that nobody is emptied; of two that are equally near,
    as two images alone always are, both.
    Raises UserError for a threshold outside 0 to pi, or no round.
    """
    check_shape(vectors, f"{len(labels)} D", "vectors")
    if not 0 < threshold_rad <= np.pi:
        raise UserError(f"threshold_rad={threshold_rad:g}: expected an angle above 0 and up to pi")
    if rounds < 1:
        raise UserError(f"rounds={rounds}: expected at least one")
    kept, angle = np.ones(len(labels), bool), np.full(len(labels), np.nan)
    order = np.argsort(labels, kind="stable")
    people, start = np.unique(labels[order], return_index=True)
    groups = np.split(order, start[1:])
    for person, rows in zip(people, groups, strict=True):
        if person >= 0:
            kept[rows], angle[rows] = _clean_person(vectors[rows], threshold_rad, rounds)
    counts = [(person, len(rows), int(kept[rows].sum())) for person, rows in zip(people, groups, strict=True)]
    table = np.array([row for row in counts if row[0] >= 0], np.int64).reshape(-1, 3)
    return Cleaned(kept, angle, *table.T)


def _clean_person(vectors: np.ndarray, threshold_rad: float, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """kept (n,) and the angle (n,) to the centre of those that are kept."""
    check_finite(vectors, "vectors")
    unit = _unit(vectors.astype(np.float64))
    kept = np.ones(len(unit), bool)
    angle = _angle(unit, kept)
    for _ in range(rounds):
        stays = kept & (angle <= threshold_rad)
        if not stays.any():
            stays = kept & (angle <= angle[kept].min() + ROUNDING_RAD)
        if np.array_equal(stays, kept):
            break
        kept, angle = stays, _angle(unit, stays)
    return kept, angle


def _angle(unit: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """(n,) of all images to the centre of those that are kept."""
    centre = _unit(unit[kept].mean(axis=0))
    return np.arccos(np.clip(unit @ centre, -1, 1))


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., D) of length 1; one of length 0 stays, at a right angle to all."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)
