"""Recommend a threshold for a false match rate, and say what it will do with other people than those it was chosen on.

The threshold is the lowest at which at most the wanted share of all impostor pairs is accepted. On other people the
rate will be another one. Its interval is Wilson's with as many trials as would give its standard deviation over people,
see shared_people, if they were independent; the threshold's own interval ends where the rate of these pairs is that of
either end: Woodruff, "Confidence intervals for medians and other position measures", JASA 47, 1952.

A rate is promised where its interval reaches no higher than FACTOR times the rate. By Wilson's formula that takes z^2
FACTOR / (FACTOR - 1)^2 false matches among as many independent trials, so it is a rule of 8 for a factor of two, as the
rule of 30 of Doddington et al. is one for 30 % (Speech Communication 31, 2000): but of false matches that are
independent of each other, of which a folder has far fewer than pairs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import stdtrit

from .intervals import LEVEL, wilson_of_effective
from .people_bootstrap import share
from .shared_people import (
    Impostors,
    Shared,
    correlations,
    gaussian_covariances,
    planned_counts,
    share_variance,
    share_variance_of,
)

#: How many times the wanted rate the true one may be, for a threshold to be recommended without a warning.
FACTOR = 2.0

#: Rates that may be promised where the wanted one may not, and the people that a plan looks through.
RATES = (*(digit * 10.0**-power for power in (4, 3, 2) for digit in (1, 2, 3, 5)), 0.1, 0.2)
PEOPLE = tuple(round(3 * 1.05**step) for step in range(240))

#: Where few pairs are accepted, chance has much to say in how their decisions hang together. So that is looked at for
#: so many times the rate, too, up to the loosest one, and the largest variance counts, in units of Gaussian scores'.
LOOSER, LOOSEST = (1, 2, 4, 8), 0.2

#: Fewer people than these say nothing of how many it takes.
LEAST_PEOPLE = 6


@dataclass(frozen=True)
class Rate:
    """A rate, 0..1, and its interval for other people."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Recommendation:
    """A threshold for a false match rate.

    asked : the rate that was asked for. threshold : pairs with this score or more are accepted; low, high : its
    interval. fmr : the share of the impostor pairs that it accepts. fnmr : the share of the genuine pairs that it
    refuses. pairs : impostor pairs. people : who are known, in them.
    promised : whether the interval of the FMR reaches at most FACTOR times the rate. lowest : the lowest of RATES that
    these people would be enough for, None for none. needed : about so many people like these, and other impostors in
    proportion, would be enough for the rate that was asked for; None where no number of them is, or where these are
    fewer than LEAST_PEOPLE. correlation : of scores of two pairs, for a plan.
    """

    asked: float
    threshold: float
    low: float
    high: float
    fmr: Rate
    fnmr: Rate | None
    pairs: int
    people: int
    promised: bool
    lowest: float | None
    needed: int | None
    correlation: Shared


def recommend(score: np.ndarray, person: np.ndarray, fmr: float, tested: np.ndarray | None = None) -> Recommendation:
    """Choose a threshold for the rate ``fmr`` from the scores of all pairs of images.

    score (N, N) : symmetric, finite or -inf, higher is more alike. person (N,) : see Impostors. tested (N,) bool : the
    images whose genuine pairs count; all of known people where it is None. There are two people or more.
    """
    return recommend_each(score, person, (fmr,), tested)[0]


def recommend_each(
    score: np.ndarray, person: np.ndarray, fmrs: Sequence[float], tested: np.ndarray | None = None
) -> list[Recommendation]:
    """Choose a threshold for each of several rates, see recommend; what they share is computed once."""
    impostors = Impostors(person)
    falling = np.sort(score[impostors.upper].astype(np.float64))[::-1]
    correlation = correlations(impostors, score)
    units = max(impostors.known, 2)

    @cache
    def decided(rate: float) -> tuple[float, float, float, float]:
        """The threshold at which at most so many impostor pairs are accepted, the share of them that are, the variance
        of that share for Gaussian scores, and how many times as much it is by the decisions.
        """
        threshold = threshold_of(falling, rate)
        value = int(np.searchsorted(-falling, -threshold, side="right")) / len(falling)
        if not 0 < value < 1:
            return threshold, value, 0.0, 1.0
        covariances = gaussian_covariances(correlation, value)
        gaussian = share_variance_of(impostors.counts, covariances, impostors.pairs)
        return threshold, value, gaussian, share_variance(impostors, score >= threshold) / gaussian

    def at(rate: float) -> tuple[float, Rate, float]:
        """The threshold for a rate, the rate it has, and how many times its variance is that of Gaussian scores."""
        threshold, value, gaussian, _ = decided(rate)
        excess = max(1.0, *(decided(rate * times)[3] for times in LOOSER if times == 1 or rate * times <= LOOSEST))
        if not gaussian:
            return threshold, Rate(value, 0.0, 1.0), excess
        return threshold, Rate(value, *wilson_of_effective(value, (excess * gaussian) ** 0.5, units)), excess

    def recommended(fmr: float) -> Recommendation:
        """The threshold for one rate, and what it does."""
        threshold, rate, excess = at(fmr)
        promised = is_promised(rate, fmr)
        lowest: float | None = fmr
        if not promised:
            lowest = next((other for other in RATES if other > fmr and is_promised(at(other)[1], other)), None)
        enough = impostors.known >= LEAST_PEOPLE
        needed = people_for(correlation, fmr, _images_each(person), excess) if enough else None
        if needed is not None and not promised:
            needed = max(needed, impostors.known + 1)
        return Recommendation(
            fmr,
            threshold,
            threshold_of(falling, rate.high),
            threshold_of(falling, rate.low),
            rate,
            _refused(score, person, threshold, tested),
            impostors.pairs,
            impostors.known,
            promised,
            lowest,
            needed,
            correlation,
        )

    return [recommended(fmr) for fmr in fmrs]


def threshold_of(falling: np.ndarray, rate: float) -> float:
    """Find the lowest threshold that at most the share ``rate`` of the scores reaches: between two of them.

    falling (P,) float64 : the scores, the highest first. Just above the highest one where none may reach it; the lowest
    score where all may.
    """
    allowed = int(round(rate * len(falling), 6))
    if allowed >= len(falling):
        return float(falling[-1])
    refused = falling[allowed]
    above = falling[:allowed][falling[:allowed] > refused]
    if not len(above):
        return float(np.nextafter(np.float32(refused), np.float32(np.inf)))
    middle = float((refused + above[-1]) / 2)
    return middle if middle > refused else float(above[-1])


def planned_rate(correlation: Shared, fmr: float, people: int, images: int, excess: float = 1.0) -> Rate:
    """Plan the interval of a false match rate from the correlations: for so many people with so many images each.

    excess : how many times the variance is that of Gaussian scores.
    """
    counts, pairs = planned_counts(people, images)
    variance = excess * share_variance_of(counts, gaussian_covariances(correlation, fmr), pairs)
    return Rate(fmr, *wilson_of_effective(fmr, variance**0.5, people))


def people_for(correlation: Shared, fmr: float, images: int, excess: float = 1.0) -> int | None:
    """Plan how many people it takes to promise the rate, each with so many images; None for more than PEOPLE has.

    excess : see planned_rate. Where the number of impostor pairs is below 1 / fmr, not one of them may be a false
    match, which promises nothing.
    """
    for people in PEOPLE:
        enough = planned_counts(people, images)[1] * fmr >= 1
        if enough and is_promised(planned_rate(correlation, fmr, people, images, excess), fmr):
            return people
    return None


def false_matches_needed(people: int) -> float:
    """Compute how many independent false matches promise a rate: 8, or a little more where people are few."""
    t2 = float(stdtrit(max(people - 1, 1), 0.5 + LEVEL / 2)) ** 2
    return t2 * FACTOR / (FACTOR - 1) ** 2


def is_promised(rate: Rate, fmr: float) -> bool:
    return rate.value > 0 and rate.high <= min(FACTOR * fmr, 0.999)


def _images_each(person: np.ndarray) -> int:
    """How many images a known person has as a rule: their mean."""
    known = person[person >= 0]
    return max(1, round(len(known) / max(len(np.unique(known)), 1)))


def _refused(score: np.ndarray, person: np.ndarray, threshold: float, tested: np.ndarray | None) -> Rate | None:
    """The share of genuine pairs below a threshold; None where there are no such pairs."""
    inside = (person >= 0) & (tested if tested is not None else True)
    values, owners = [], []
    for rows in _of_people(person, inside):
        pairs = score[rows, rows][np.triu_indices(rows.stop - rows.start, 1)]
        values.append(pairs < threshold)
        owners.append(np.full(len(pairs), rows.start))
    if not values or not sum(map(len, values)):
        return None
    draws = share(np.concatenate(values), np.concatenate(owners))
    return Rate(draws.value, *draws.interval())


def _of_people(person: np.ndarray, inside: np.ndarray) -> Iterator[slice]:
    """The images of each person whose images are inside, one after the other."""
    for one in np.unique(person[inside]).tolist():
        yield slice(*np.searchsorted(person, [one, one + 1]).tolist())
