"""Which faces of a folder show one person: a threshold with its origin, the groups, and how well a face fits in its."""

from dataclasses import dataclass
from typing import cast, get_args

import numpy as np

from eigen2arc.core import plugins
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Clusterer, Metric
from eigen2arc.recognize.calibration.pair_calibration import SAME_FMR, PairCalibration

from .faces import FolderFaces

#: So many strangers in the same folder may look like one person with a face, in the mean: the more faces, the stricter
#: the threshold. With chinese_whispers and dlib's network F by B-cubed, in the mean over eight times 40 people of LFW
#: with 5 to 20 images, was .98 to .99 where .3 to 1.5 did, .96 at .1; of all 13,232 faces of LFW .91, .92, .90 where
#: .7, 1.3, 2.6 did.
STRANGERS = 1.0

#: Rows of scores that are held at once.
ROWS = 1024


@dataclass(frozen=True)
class Origin:
    """From which score on two faces are alike enough, and where that comes from.

    fmr : the share of pairs of two people that are alike enough; None where the threshold was given. words : all of it
    in a line.
    """

    threshold: float
    fmr: float | None
    words: str


@dataclass(frozen=True)
class Groups:
    """The faces of a folder, grouped.

    faces : of the folder. unclear (F,) : why a face was not grouped, "" for one that was. cluster (F,) int64 : from 0,
    the largest first; -1 for a face that is like no other, or unclear. score (F,) float32 : how alike it is with the
    others of its cluster, in the mean; NaN without any.
    """

    faces: FolderFaces
    unclear: np.ndarray
    cluster: np.ndarray
    score: np.ndarray
    matcher: str
    origin: Origin

    @property
    def people(self) -> int:
        return int(self.cluster.max(initial=-1)) + 1

    @property
    def alone(self) -> np.ndarray:
        """The faces (A,) int64 that are like no other."""
        return np.flatnonzero((self.cluster < 0) & (self.unclear == ""))

    def members(self, cluster: int) -> np.ndarray:
        """Return the faces (M,) int64 of a cluster, those that fit best first."""
        faces = np.flatnonzero(self.cluster == cluster)
        return faces[np.argsort(-self.score[faces], kind="stable")]


def choose_threshold(calibration: PairCalibration | None, faces: int, given: float | None, encoder: str) -> Origin:
    """Choose the threshold for so many faces: ``given``, or from a calibration of the encoder's pairs.

    Raises UserError where there is neither, or the calibration's people are too few for any rate.
    """
    if given is not None:
        return Origin(given, None, f"threshold {given:g}, as given")
    ask = "give one with --threshold, or a calibration with --calibration"
    if calibration is None:
        raise UserError(f"no threshold is known for the encoder {encoder}: {ask}")
    wanted = min(SAME_FMR, STRANGERS / max(faces, 1))
    point = calibration.point(wanted)
    if point is None:
        raise UserError(f"the calibration on {calibration.data} is of too few people for a threshold: {ask}")
    share = f"{100 * point.asked:g} % of the pairs of two people are as alike, measured on {calibration.data}"
    return Origin(point.threshold, point.asked, f"threshold {point.threshold:.4g}: {share}")


def group(faces: FolderFaces, matcher: str, clusterer: Component, origin: Origin) -> Groups:
    """Group the faces of a folder that are clear enough. Raises UserError for a matcher that is not one of Metric."""
    if matcher not in get_args(Metric):
        raise UserError(
            f"matcher {matcher}: faces are grouped by {' or '.join(get_args(Metric))}: name another --matcher"
        )
    unclear = faces.unclear
    clear = np.flatnonzero(unclear == "")
    made: Clusterer = clusterer.built
    cluster, score = np.full(len(faces), -1, np.int64), np.full(len(faces), np.nan, np.float32)
    cluster[clear] = made.cluster(faces.vectors[clear], cast(Metric, matcher), origin.threshold)
    for one in range(cluster.max(initial=-1) + 1):
        inside = cluster == one
        score[inside] = _mean_scores(faces.vectors[inside], matcher)
    return Groups(faces, unclear, cluster, score, matcher, origin)


def _mean_scores(vectors: np.ndarray, matcher: str) -> np.ndarray:
    """How alike each of M vectors is with the others, in the mean: (M,)."""
    score = plugins.build("matcher", matcher).score
    means = []
    for start in range(0, len(vectors), ROWS):
        rows = score(vectors[start : start + ROWS], vectors).astype(np.float64)
        here = np.arange(len(rows))
        rows[here, start + here] = 0
        means.append(rows.sum(axis=1) / (len(vectors) - 1))
    return np.concatenate(means)
