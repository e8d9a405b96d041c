"""People-level bootstrap: how far a metric would move if other people had been tested.

The trials of one person depend on each other, and a pair of two people on both of them: to resample pairs is to claim
more than is known. So people are drawn again, n of n with replacement; if n_p says how often p was drawn, a trial of
one person weighs n_p, a pair of two n_p n_q (the pigeonhole bootstrap: Owen, "The pigeonhole bootstrap", Annals of
Applied Statistics 1, 2007; for genuine pairs alone it is the subsets bootstrap of Bolle, Ratha, Pankanti, "Error
analysis of pattern recognition systems", CVIU 93, 2004).

The product counts once, as it should, what two pairs share by a common person, but three times what is a pair's own:
Var(n_p n_q) is 3, Cov(n_p n_q, n_p n_r) is 1. The excess is twice the variance that drawing the pairs of two people
again gives, and is taken off. What is left estimates the variance that Aronow, Samii, Assenova, "Cluster-robust
variance estimation for dyadic data", Political Analysis 23, 2015, write as a sum over the pairs with a common person.

From the standard deviation comes Wilson's interval with as many trials as would give it if they were independent: the
"effective sample size" of Korn and Graubard, "Confidence intervals for proportions with small expected number of
positive counts estimated from survey data", Survey Methodology 24, 1998. Percentiles of the draws, and BCa's, are too
short where errors are few, which is where good systems are: `eigen2arc bench statistics` has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from eigen2arc.core.types import Scores

from . import hter
from .intervals import LEVEL, wilson_of_effective
from .verification import FMRS, accuracy_by_fold, auc, eer, fnmr_at_fmr

ROUNDS = 1000

#: Draws are the same in every run, and for every system on the same trials: so that differences are paired.
SEED = 2004

#: Of pairs times rounds, so that they take 32 MB.
WEIGHTS_AT_A_TIME = 2**22

#: So many false match rates has the band around a DET curve.
BAND_POINTS = 40


@dataclass(frozen=True)
class Draws:
    """A metric, a share 0..1, and what it is when the test is drawn again; a - b is the difference of two of them.

    value : on the data as they are. people (R,) : with the people drawn again, NaN where a draw has no trial of a kind
    that the metric needs. pairs (R,) : with the pairs of two people drawn again; None for trials of one person.
    units : how many people there are.
    """

    value: float
    people: np.ndarray
    pairs: np.ndarray | None
    units: int

    @property
    def std(self) -> float:
        """The standard deviation of the value from one sample of people to another; NaN for a single person."""
        if self.units < 2 or np.isfinite(self.people).sum() < 2:
            return float("nan")
        of_people = float(np.nanvar(self.people, ddof=1)) * self.units / (self.units - 1)
        own = 0.0 if self.pairs is None else float(np.nanvar(self.pairs, ddof=1))
        # Pairs of one person do not part company, so what a pair has alone is a third of what is drawn at most.
        return float(np.sqrt(max(of_people - 2 * own, of_people / 3)))

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Compute the interval of the share: low and high end, 0..1; 0 and 1 for a single person."""
        if not np.isfinite(self.std):
            return 0.0, 1.0
        return wilson_of_effective(self.value, self.std, self.units, level)

    def __sub__(self, other: "Draws") -> "Draws":
        """The difference from another system's metric, by the same draws of the same trials."""
        pairs = None if self.pairs is None or other.pairs is None else self.pairs - other.pairs
        return Draws(self.value - other.value, self.people - other.people, pairs, self.units)

    def half_width(self, level: float = LEVEL) -> float:
        """Return half of Student's interval around the value, which a difference needs: it is no share."""
        return float(stdtrit(max(self.units - 1, 1), 0.5 + level / 2)) * self.std


def draw(units: int, rounds: int = ROUNDS) -> np.ndarray:
    """Draw n of n people with replacement, again and again: (R, n) float64, how often each was drawn."""
    drawn = np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=rounds)
    return drawn.astype(np.float64)


def share(right: np.ndarray, person: np.ndarray, weight: np.ndarray | None = None, rounds: int = ROUNDS) -> Draws:
    """Resample a share of trials that are of one person each, as rank-k is: person (T,), any numbers.

    right (T,) bool or shares. weight (T,) : how much a trial counts, as much as any other where it is None.
    """
    people, index = np.unique(person, return_inverse=True)
    counts = np.bincount(index, weight, len(people))
    hits = np.bincount(index, right * (1.0 if weight is None else weight), len(people))
    drawn = draw(len(people), rounds)
    return Draws(float(hits.sum() / counts.sum()), _ratio(drawn @ hits, drawn @ counts), None, len(people))


def share_of_pairs(right: np.ndarray, first: np.ndarray, second: np.ndarray, rounds: int = ROUNDS) -> Draws:
    """Resample a share of pairs, as FMR and FNMR at a given threshold are: right (P,) bool.

    first, second : (P,) who is on the two images of each pair, any numbers.
    """
    people, index = np.unique(np.concatenate([first, second]), return_inverse=True)
    a, b = np.split(index, 2)
    two, rng = a != b, np.random.default_rng(SEED)
    shares: tuple[list[np.ndarray], list[np.ndarray]] = [], []
    for drawn in np.array_split(draw(len(people), rounds), 1 + rounds * len(two) // WEIGHTS_AT_A_TIME):
        together = np.where(two, drawn[:, a] * drawn[:, b], drawn[:, a])
        alone = np.where(two, rng.poisson(1.0, together.shape), 1.0)
        for made, weights in zip(shares, (together, alone), strict=True):
            made.append(_ratio(weights @ right.astype(np.float64), weights.sum(axis=1)))
    of_people, of_pairs = map(np.concatenate, shares)
    return Draws(float(np.mean(right)), of_people, of_pairs, len(people))


def recall_at_fp(
    hits: np.ndarray,
    scores: np.ndarray,
    image: np.ndarray,
    faces: np.ndarray,
    counts: Sequence[int],
    gains: np.ndarray | None = None,
    rounds: int = ROUNDS,
) -> dict[int, Draws]:
    """Resample the recall of a detector at so many false positives, by images: who is on them is not known.

    hits (D,) bool, scores (D,), image (D,) : of all detections, image being a row of ``faces`` (N,), how many faces
    each image has. counts : of false positives. gains (D,) : see metrics.detection.continuous_roc. A draw has as many
    images as the set, so the numbers of false positives keep their meaning.
    """
    order, last = _levels(scores)
    gained = (hits if gains is None else gains)[order].astype(np.float64)
    false, image = (~hits[order]).astype(np.float64), image[order]

    def at(weights: np.ndarray) -> np.ndarray:
        """(K,) for images that count ``weights`` (N,)."""
        false_positives = np.append(0, np.cumsum(weights[image] * false)[last])
        found = np.append(0, np.cumsum(weights[image] * gained)[last])
        best = found[np.searchsorted(false_positives, counts, "right") - 1]
        return _ratio(best, np.asarray(faces @ weights))

    drawn = np.array([at(weights) for weights in draw(len(faces), rounds)])
    values = at(np.ones(len(faces))).tolist()
    return {count: Draws(values[k], drawn[:, k], None, len(faces)) for k, count in enumerate(counts)}


@dataclass(frozen=True)
class VerificationDraws:
    """All metrics of metrics.verification.summary, resampled, and the FNMR at each of the FMRs of a band.

    hter : of the value NaN where no fold has one, see metrics.hter.summary. fnmr_at_fmr : those that have a value.
    band_fmr (K,), band (K,) : ascending.
    """

    accuracy: Draws
    auc: Draws
    eer: Draws
    hter: Draws
    fnmr_at_fmr: dict[str, Draws]
    band_fmr: np.ndarray
    band: list[Draws]


def verification(scores: Scores, first: np.ndarray, second: np.ndarray, rounds: int = ROUNDS) -> VerificationDraws:
    """Resample the people of a verification test: first, second (P,) int64, who is on the two images of each pair.

    In every draw the thresholds behind accuracy and HTER are chosen on the other folds again, which moves them, too.
    """
    people, index = np.unique(np.concatenate([first, second]), return_inverse=True)
    pairs = _SortedPairs(scores)
    a, b = index[: len(first)][pairs.order], index[len(first) :][pairs.order]
    named = {name: rate for name in FMRS if (rate := fnmr_at_fmr(scores, float(name))) is not None}
    band_fmr = np.geomspace(1 / np.count_nonzero(~scores.same), 1, BAND_POINTS)
    fmrs = np.concatenate([[float(name) for name in named], band_fmr])

    two, rng = a != b, np.random.default_rng(SEED)
    of_people, of_pairs = np.empty((2, rounds, 4 + len(fmrs)))
    for i, drawn in enumerate(draw(len(people), rounds)):
        of_people[i] = pairs.metrics(np.where(two, drawn[a] * drawn[b], drawn[a]), fmrs)
        of_pairs[i] = pairs.metrics(np.where(two, rng.poisson(1.0, len(two)), 1.0), fmrs)
    band = pairs.metrics(np.ones(len(two)), band_fmr)[4:]
    half_total = (hter.summary(scores) or {"mean": np.nan})["mean"]
    values = [accuracy_by_fold(scores).mean, auc(scores), eer(scores), half_total, *named.values(), *band]
    rows = [Draws(float(v), p, q, len(people)) for v, p, q in zip(values, of_people.T, of_pairs.T, strict=True)]
    accuracy, area, equal, halves, *others = rows
    at_fmr = dict(zip(named, others, strict=False))
    return VerificationDraws(accuracy, area, equal, halves, at_fmr, band_fmr, others[len(named) :])


class _SortedPairs:
    """Pairs by falling score, sorted once, to compute the metrics of many weightings of them."""

    def __init__(self, scores: Scores) -> None:
        self.order, self.last = _levels(scores.value)
        self.same = scores.same[self.order]
        _, fold = np.unique(scores.fold[self.order], return_inverse=True)
        self.folds = [np.flatnonzero(fold == k) for k in range(fold.max() + 1)]
        # (F, K): how many pairs of each fold are accepted at each level.
        self.accepted = np.array([np.cumsum(fold == k)[self.last] for k in range(len(self.folds))])

    def metrics(self, weights: np.ndarray, fmrs: np.ndarray) -> np.ndarray:
        """Accuracy, AUC, EER, HTER, FNMR at all FMRs, of pairs that count ``weights`` (P,); NaN without both kinds."""
        genuine, impostor = np.cumsum(weights * self.same)[self.last], np.cumsum(weights * ~self.same)[self.last]
        if genuine[-1] == 0 or impostor[-1] == 0:
            return np.full(4 + len(fmrs), np.nan)
        tar, far = np.append(0, genuine / genuine[-1]), np.append(0, impostor / impostor[-1])
        excess = far - (1 - tar)
        after = int(np.argmax(excess >= 0))
        along = -excess[after - 1] / (excess[after] - excess[after - 1])
        eer = far[after - 1] + along * (far[after] - far[after - 1])
        fnmr = 1 - tar[np.searchsorted(far, fmrs, "right") - 1]
        by_fold = self._accuracy(weights, genuine - impostor), np.trapezoid(tar, far), eer, self._hter(weights)
        return np.concatenate([by_fold, fnmr])

    def _accuracy(self, weights: np.ndarray, gain: np.ndarray) -> float:
        """The mean accuracy of the folds at thresholds from the other ones.

        gain (K,) : the right decisions when all from a level on are accepted, less those when none is.
        """
        shares = []
        for rows, accepted in zip(self.folds, self.accepted, strict=True):
            of_fold, same = weights[rows], self.same[rows]
            own = np.append(0, np.cumsum(np.where(same, of_fold, -of_fold)))[accepted]
            others = gain if len(self.folds) == 1 else gain - own
            # Of equally good thresholds the middle one, as metrics.verification.best_threshold has it nearly.
            best = np.flatnonzero(others == others.max())
            right = own[best[len(best) // 2]] + of_fold[~same].sum()
            if (whole := of_fold.sum()) > 0:
                shares.append(right / whole)
        return float(np.mean(shares))

    def _hter(self, weights: np.ndarray) -> float:
        """The mean HTER of the folds, as metrics.hter has it; NaN where none is left."""
        of_same, of_other = weights * self.same, weights * ~self.same
        genuine, impostor = (np.append(0, np.cumsum(one)[self.last]) for one in (of_same, of_other))
        rates = []
        for rows, accepted in zip(self.folds, self.accepted, strict=True):
            own = [np.append(0, np.cumsum(one[rows]))[np.append(0, accepted)] for one in (of_same, of_other)]
            chosen_on = own if len(self.folds) == 1 else [genuine - own[0], impostor - own[1]]
            if min(one[-1] for one in (*own, *chosen_on)) > 0:
                equal = np.argmin(np.abs(chosen_on[1] / chosen_on[1][-1] - (1 - chosen_on[0] / chosen_on[0][-1])))
                rates.append((own[1][equal] / own[1][-1] + 1 - own[0][equal] / own[0][-1]) / 2)
        return float(np.mean(rates)) if rates else float("nan")


def _levels(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order of falling scores, and the last place of each different score in it: equal scores come in at once."""
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    falling = scores[order]
    return order, np.flatnonzero(np.append(falling[1:] != falling[:-1], True)[: len(falling)])


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where there is nothing of it."""
    whole = np.broadcast_to(whole, part.shape)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0))
