"""What the best score of a face in a gallery means: from which on somebody is named, and how likely the name is right.

Measured on the gallery's own people. Each in turn is taken for a stranger: the best score of his or her images with
all others' says what a stranger reaches. Each image of who has two or more is looked up without itself: leave one out.
Strangers of the user's own are looked up, too, where there are any. Rates are those of ISO/IEC 19795-1, see
core.metrics.open_set: FPIR, the share of strangers' images for which somebody is named, and DIR, the share of enrolled
people's for which the right person is.

Intervals hold for other strangers before the same gallery, and come from resampling people; two people who are each
other's most alike count as one of them, for what makes one cross the threshold makes the other. A rate is promised
where its interval reaches at most FACTOR times what was asked, see core.metrics.recommended_threshold. Where the
gallery's people are too few for it, the threshold may come from a calibration of pairs: G images show a stranger's
nearest above the threshold for a false match rate of FPIR / G at most so often (Bonferroni's bound). Means lie nearer
to strangers than single images do, on LFW with dlib's network so that 1.6 to 1.9 times as many reach it: half of that
rate is asked for.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from eigen2arc.core.files import Json, json_as
from eigen2arc.core.metrics.people_bootstrap import share
from eigen2arc.core.metrics.recommended_threshold import LEAST_PEOPLE, RATES, Rate, is_promised, threshold_of
from eigen2arc.recognize.stores.nearest_people import Candidate, Index, nearest_people

from .pair_calibration import PairCalibration
from .sigmoid import fit_sigmoid

#: The share of strangers' images that may be given a name.
FPIR = 1e-2

#: So many people are looked up at most, and so many images of each: a gallery of a million vectors takes as long.
MOST_PEOPLE, MOST_EACH = 3000, 3

#: Images that are looked up at a time.
BLOCK = 256


class Strangers(NamedTuple):
    """Images of people who are not in the gallery: vectors (S, D) float32, person (S,) int64, any numbers."""

    vectors: np.ndarray
    person: np.ndarray


@dataclass(frozen=True)
class GalleryCalibration:
    """What the best score in a gallery means.

    data : of whom it was measured, in words. date : YYYY-MM-DD. people, images : of the gallery, when it was measured.
    asked : the FPIR that was asked for. threshold : from this score on somebody is named; None where there is none, and
    ``note`` says why. fpir : the rate that the threshold is for; source : "gallery", or "pairs" where the gallery's
    people are too few. strangers, stranger_people : images looked up as strangers', and how many people's; found : the
    FPIR of these at the threshold. dir : of looked_up images of people in the gallery, looked_up_people, the share that
    is named right; None where nobody has two images. slope, offset : log odds that the name is right = slope * score +
    offset, where one face in two is of somebody in the gallery; highest, lowest : what the people can show of them.
    note : what else has to be said, "" for nothing.
    """

    data: str
    date: str
    people: int
    images: int
    asked: float
    threshold: float | None
    fpir: float | None
    source: Literal["gallery", "pairs", ""]
    strangers: int
    stranger_people: int
    found: Rate | None
    looked_up: int
    looked_up_people: int
    dir: Rate | None
    slope: float | None
    offset: float | None
    highest: float
    lowest: float
    note: str
    format: Literal[1] = 1

    def __post_init__(self) -> None:
        numbers = (self.threshold, self.fpir, self.slope, self.offset, self.highest, self.lowest)
        if not all(math.isfinite(one) for one in numbers if one is not None) or not 0 < self.asked < 1:
            raise ValueError("its numbers are no calibration's")
        if (self.threshold is None) != (self.fpir is None) or (self.slope is None) != (self.offset is None):
            raise ValueError("its numbers do not go together")
        if (self.slope is not None and self.slope <= 0) or self.lowest > self.highest:
            raise ValueError("its probabilities do not rise with the score")

    def probability(self, score: float) -> float | None:
        """Return how likely the most alike person is the right one, 0..1, where one face in two is of the gallery.

        None where nothing is known of it.
        """
        if self.slope is None or self.offset is None:
            return None
        odds = min(max(self.slope * score + self.offset, self.lowest), self.highest)
        return 1 / (1 + math.exp(-odds))

    def to_json(self) -> Json:
        """Return it as plain values for JSON."""
        return asdict(self)


def gallery_calibration_of(value: Mapping[str, Any], where: object) -> GalleryCalibration:
    """Make a calibration of what to_json() gave. Raises UserError, in the name of ``where``, for anything else."""
    return json_as(json.dumps(value), GalleryCalibration, where)


def calibrate_gallery(
    index: Index,
    ids: np.ndarray,
    person: np.ndarray,
    *,
    data: str,
    date: str,
    fpir: float = FPIR,
    strangers: Strangers | None = None,
    pairs: PairCalibration | None = None,
    seed: int = 0,
) -> GalleryCalibration:
    """Measure what the best score in a gallery means, by its own people and maybe some strangers.

    ids (N,) int64 : of all its vectors; person (N,) int64, 0 or more : whose each is. data, date : see
    GalleryCalibration. pairs : of the same encoder, for what the gallery's people are too few; None for none. seed : of
    the choice where there are more people than MOST_PEOPLE, and images than MOST_EACH.
    """
    search = _Search(index, ids, person)
    looked = _look_up(search, np.random.default_rng(seed))
    reached = np.isfinite(looked.other)
    scores, units = looked.other[reached], _units(looked)[reached]
    people = len(np.unique(looked.own[reached]))
    if strangers is not None and len(strangers.vectors) and len(ids):
        nearest = search(strangers.vectors)
        scores = np.append(scores, [one[0].score if one else -np.inf for one in nearest])
        number = np.unique(strangers.person, return_inverse=True)[1]
        units = np.append(units, units.max(initial=-1) + 1 + number)
        people += len(np.unique(strangers.person))
    chosen = _threshold(scores, units, people, fpir, pairs, len(ids))

    mated = looked.several
    best, right, owner = looked.best[mated], looked.right[mated], looked.own[mated]
    hits = share(right & (best >= chosen.threshold), owner) if chosen.threshold is not None and len(best) else None
    odds = _odds(best, right, owner, scores, units, pairs, len(ids))
    return GalleryCalibration(
        data=data,
        date=date,
        people=len(np.unique(person)),
        images=len(ids),
        asked=fpir,
        **chosen._asdict(),
        strangers=len(scores),
        stranger_people=people,
        looked_up=len(best),
        looked_up_people=len(np.unique(owner)),
        dir=None if hits is None else Rate(hits.value, *hits.interval()),
        **odds._asdict(),
    )


class _Looked(NamedTuple):
    """What was found for images of the gallery that were looked up in it.

    own (P,) : whose they are; several (P,) bool : whether the person has other images there. other (P,) float64 : the
    best score of somebody else, -inf where there is none; other_person (P,) : who that is, -1 for nobody. best (P,) :
    the best score without the image itself; right (P,) bool : whether it is of the own person.
    """

    own: np.ndarray
    several: np.ndarray
    other: np.ndarray
    other_person: np.ndarray
    best: np.ndarray
    right: np.ndarray


class _Search:
    """Searches an index for people, by the number (N,) of whom each of the ids (N,) shows, from 0 without gaps."""

    def __init__(self, index: Index, ids: np.ndarray, person: np.ndarray) -> None:
        order = np.argsort(ids)
        self.index, self.ids = index, ids[order]
        self.owner, self.counts = np.unique(person[order], return_inverse=True, return_counts=True)[1:]
        self._by_person = np.argsort(self.owner, kind="stable")
        self._starts = np.append(0, np.cumsum(self.counts))

    def __call__(self, vectors: np.ndarray, left_out: np.ndarray | None = None) -> list[list[Candidate[int]]]:
        """Find who is most like each of (Q, D) vectors; left_out (Q,) : the image that is taken for not there."""
        found = []
        for start in range(0, len(vectors), BLOCK):
            block = slice(start, start + BLOCK)
            without = None if left_out is None else left_out[block]
            found += nearest_people(self.index, vectors[block], self._owners, self._images, left_out=without)
        return found

    def _owners(self, ids: np.ndarray) -> list[int | None]:
        row = np.searchsorted(self.ids, ids).clip(0, len(self.ids) - 1)
        owner, there = self.owner[row].tolist(), (self.ids[row] == ids).tolist()
        return [one if known else None for one, known in zip(owner, there, strict=True)]

    def _images(self, person: int) -> np.ndarray:
        return self.ids[self._by_person[self._starts[person] : self._starts[person + 1]]]


def _look_up(search: _Search, rng: np.random.Generator) -> _Looked:
    """Look up some images of some people, all where they are few, each among all others."""
    owner, counts = search.owner, search.counts
    chosen = rng.permutation(len(counts))[:MOST_PEOPLE]
    shuffled = rng.permutation(np.flatnonzero(np.isin(owner, chosen)))
    shuffled = shuffled[np.argsort(owner[shuffled], kind="stable")]
    starts = np.flatnonzero(np.diff(owner[shuffled], prepend=-1))
    nth = np.arange(len(shuffled)) - np.repeat(starts, np.diff(starts, append=len(shuffled)))
    rows = shuffled[nth < MOST_EACH]
    other, other_person = np.full(len(rows), -np.inf), np.full(len(rows), -1)
    best, right = np.full(len(rows), -np.inf), np.zeros(len(rows), bool)
    ids = search.ids[rows]
    vectors = search.index.vectors(ids)
    for i, (own, found) in enumerate(zip(owner[rows].tolist(), search(vectors, ids), strict=True)):
        if found:
            best[i], right[i] = found[0].score, found[0].person == own
        for one in [one for one in found if one.person != own][:1]:
            other[i], other_person[i] = one.score, one.person
    several = (counts[owner[rows]] > 1) & np.isfinite(best)
    return _Looked(owner[rows], several, other, other_person, best, right)


def _units(looked: _Looked) -> np.ndarray:
    """Number the people of the images (P,), two who are each other's most alike alike."""
    order = np.lexsort([looked.other, looked.own])
    last = order[np.flatnonzero(np.diff(looked.own[order], append=-1))]
    nearest = dict(zip(looked.own[last].tolist(), looked.other_person[last].tolist(), strict=True))
    unit = {one: min(one, other) if nearest.get(other) == one else one for one, other in nearest.items()}
    return np.array([unit[one] for one in looked.own.tolist()], np.int64)


class _Threshold(NamedTuple):
    """Fields of GalleryCalibration."""

    threshold: float | None
    fpir: float | None
    found: Rate | None
    source: Literal["gallery", "pairs", ""]
    note: str


def _threshold(
    scores: np.ndarray, units: np.ndarray, people: int, fpir: float, pairs: PairCalibration | None, images: int
) -> _Threshold:
    """Choose the threshold: by the strangers' best scores (S,) for what was asked, else by pairs, else for more."""
    falling = np.sort(scores)[::-1]

    def found(threshold: float) -> Rate:
        draws = share(scores >= threshold, units)
        return Rate(draws.value, *draws.interval())

    enough: tuple[float, float, Rate] | None = None
    for rate in (fpir, *(one for one in RATES if one > fpir)) if len(falling) else ():
        threshold = threshold_of(falling, rate)
        if is_promised(taken := found(threshold), rate):
            enough = rate, threshold, taken
            break
    if enough is not None and enough[0] == fpir:
        return _Threshold(enough[1], fpir, enough[2], "gallery", "")
    few = f"{people} {'person is' if people == 1 else 'people are'} too few for a rate of {100 * fpir:g} %"
    if pairs is not None and images:
        point = next((one for one in pairs.points if one.promised and 2 * one.asked * images <= fpir), None)
        if point is not None:
            seen = found(point.threshold) if len(falling) else None
            note = f"{few}: the threshold is that of pairs, on {pairs.data}"
            return _Threshold(point.threshold, fpir, seen, "pairs", note)
    if enough is not None:
        rate, threshold, taken = enough
        return _Threshold(threshold, rate, taken, "gallery", f"{few}, and enough for {100 * rate:g} %")
    return _Threshold(None, None, None, "", f"{few}, and for any other: enrol more people, or give strangers")


class _Odds(NamedTuple):
    """Fields of GalleryCalibration."""

    slope: float | None
    offset: float | None
    highest: float
    lowest: float


def _odds(
    best: np.ndarray,
    right: np.ndarray,
    owner: np.ndarray,
    scores: np.ndarray,
    units: np.ndarray,
    pairs: PairCalibration | None,
    images: int,
) -> _Odds:
    """Fit the odds that a name is right, images of the gallery's people and of strangers counting half each.

    Without people enough, by Bayes' rule from those of pairs: a person among G images, each as likely as any other,
    against G impostors whose likelihood ratios are 1 in the mean, and a stranger.
    """
    mated, strange = len(np.unique(owner)), len(np.unique(units))
    if min(mated, strange) >= LEAST_PEOPLE and right.any():
        score = np.concatenate([best, scores])
        weight = np.repeat([0.5 / len(best), 0.5 / len(scores)], [len(best), len(scores)])
        slope, offset = fit_sigmoid(score, np.append(right, np.zeros(len(scores), bool)), weight)
        if slope > 0:
            return _Odds(slope, offset, math.log(strange), -math.log(mated))
    if pairs is not None and images:
        change = math.log(2 * images)
        return _Odds(pairs.slope, pairs.offset - change, pairs.highest - change, pairs.lowest - change)
    return _Odds(None, None, 0.0, 0.0)
