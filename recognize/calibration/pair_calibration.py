"""What the score of two faces means: one person or two, how likely, and how often that is wrong.

Everything is measured on the labelled images of some people, all pairs of two people (impostors) and of one (genuine):
thresholds for false match rates, with what they will be for other people (core.metrics.recommended_threshold); the
threshold below which few genuine pairs lie; and the log-likelihood ratio of a score by Platt's sigmoid.

The likelihood ratio says how many times more often two faces of one person have such a score than faces of two. Whether
they are one person's also hangs on who is compared with whom: probabilities here are for an even prior, one pair in two
of one person, at which the odds are the likelihood ratio itself. With other prior odds o they are o times as high. No
ratio is said to be larger, or smaller, than the people at hand can show: fitted curves go on where nobody has looked
(Vergeer et al., "Numerical likelihood ratios outputted by LR systems are often based on extrapolation: when to stop
extrapolating?", Science and Justice 56, 2016).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json, json_as
from eigen2arc.core.metrics.people_bootstrap import share
from eigen2arc.core.metrics.recommended_threshold import Rate, recommend_each, threshold_of

from .reading import Reading
from .sigmoid import fit_sigmoid

#: False match rates that a threshold is looked for, and the one at which two faces are said to be one person's.
FMRS = (1e-1, 1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5)
SAME_FMR = 1e-3

#: Two faces are said to be two people's below the threshold that so many pairs of one person do not reach.
DIFFERENT_FNMR = 1e-2

Verdict = Literal["same", "different", "cannot tell"]


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold for a false match rate.

    asked : the rate that it is for. threshold : pairs with this score or more are taken for one person's. fmr : of the
    pairs that it was chosen on, with its interval for other people; fnmr : the share of genuine pairs below it.
    promised : whether the people are enough for the rate, see core.metrics.recommended_threshold.
    """

    asked: float
    threshold: float
    fmr: Rate
    fnmr: Rate
    promised: bool


@dataclass(frozen=True)
class Refusal:
    """The threshold below which the share ``asked`` of genuine pairs lies, and what share that is: fnmr."""

    asked: float
    threshold: float
    fnmr: Rate


@dataclass(frozen=True)
class PairCalibration:
    """What the score of a pair means.

    data : of whom it was measured, in words. date : YYYY-MM-DD. people, images, genuine, impostor : how many, the last
    two of pairs; paired_people : with two images or more. slope, offset : log-likelihood ratio = slope * score +
    offset. points : by falling rate. different : see Refusal. reading : how the vectors were made.
    """

    data: str
    date: str
    people: int
    paired_people: int
    images: int
    genuine: int
    impostor: int
    slope: float
    offset: float
    points: list[OperatingPoint]
    different: Refusal
    reading: Reading
    format: Literal[1] = 1

    def __post_init__(self) -> None:
        numbers = (self.slope, self.offset, self.different.threshold, *(one.threshold for one in self.points))
        if not all(map(math.isfinite, numbers)) or self.slope <= 0:
            raise ValueError("its numbers are no calibration's")
        if min(self.people, self.paired_people, self.images, self.genuine, self.impostor) < 1:
            raise ValueError("it was made of nobody")
        asked, at = [one.asked for one in self.points], [one.threshold for one in self.points]
        if asked != sorted(set(asked), reverse=True) or at != sorted(at):
            raise ValueError("its thresholds are out of order")

    def point(self, fmr: float = SAME_FMR) -> OperatingPoint | None:
        """Return the threshold for a false match rate, or for the next higher one that the people are enough for.

        None where they are enough for none.
        """
        enough = [one for one in self.points if one.promised and one.asked >= fmr * (1 - 1e-9)]
        return enough[-1] if enough else None

    @property
    def highest(self) -> float:
        """The highest log-likelihood ratio that the people can show: by the lowest false match rate they allow."""
        rates = [one.asked for one in self.points if one.promised]
        return -math.log(min(rates)) if rates else math.log(self.people)

    @property
    def lowest(self) -> float:
        """The lowest log-likelihood ratio that the people can show: one in as many as have two images."""
        return -math.log(self.paired_people)

    def log_likelihood_ratio(self, score: float) -> float:
        """Return the natural logarithm of how many times more often one person's faces have this score than two's."""
        return min(max(self.slope * score + self.offset, self.lowest), self.highest)

    def probability(self, score: float) -> float:
        """Return how likely two faces with this score are one person's, 0..1, where one pair in two is."""
        return 1 / (1 + math.exp(-self.log_likelihood_ratio(score)))

    def verdict(self, score: float, fmr: float = SAME_FMR) -> Verdict:
        """Decide whether two faces are one person's.

        "same" from the threshold for the false match rate on, see point(); "different" below it, where fewer than
        DIFFERENT_FNMR of the pairs of one person lie; else nobody can tell.
        """
        point = self.point(fmr)
        if point is not None and score >= point.threshold:
            return "same"
        return "different" if score < self.different.threshold else "cannot tell"

    def to_json(self) -> Json:
        """Return it as plain values for JSON."""
        return asdict(self)


def pair_calibration_of(value: Mapping[str, Any], where: object) -> PairCalibration:
    """Make a calibration of what to_json() gave. Raises UserError, in the name of ``where``, for anything else."""
    return json_as(json.dumps(value), PairCalibration, where)


def calibrate_pairs(
    score: np.ndarray, person: np.ndarray, *, data: str, date: str, reading: Reading
) -> PairCalibration:
    """Measure what scores mean on all pairs of the images of some people.

    score (N, N) : symmetric, finite, higher is more alike. person (N,) : who is on each image, ascending, 0 or more.
    data, date, reading : see PairCalibration. Raises UserError for fewer than two people, nobody with two images, and
    scores that are not higher for one person's pairs.
    """
    upper = np.triu_indices(len(person), 1)
    value, same = score[upper].astype(np.float64), (person[:, None] == person)[upper]
    genuine, impostor = int(same.sum()), int((~same).sum())
    if not genuine or not impostor:
        raise UserError("a calibration needs two people, and two images of one of them at least")
    slope, offset = fit_sigmoid(value, same, np.where(same, 0.5 / genuine, 0.5 / impostor))
    if slope <= 0:
        raise UserError("the scores of one person's images are not higher than those of two people's: nothing to use")
    points = []
    for found in recommend_each(score, person, FMRS):
        assert found.fnmr is not None
        points.append(OperatingPoint(found.asked, found.threshold, found.fmr, found.fnmr, found.promised))
    owner = person[upper[0]][same]
    rising = np.sort(value[same])
    # As many as are asked for at most; the next score is the first that is not refused.
    threshold = -threshold_of(-rising, DIFFERENT_FNMR)
    refused = share(value[same] < threshold, owner)
    return PairCalibration(
        data,
        date,
        len(np.unique(person)),
        len(np.unique(owner)),
        len(person),
        genuine,
        impostor,
        slope,
        offset,
        points,
        Refusal(DIFFERENT_FNMR, threshold, Rate(refused.value, *refused.interval())),
        reading,
    )
