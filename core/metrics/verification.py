"""Verification: how well one threshold on the score tells pairs of one person from pairs of two.

A genuine pair shows one person, an impostor pair two. A pair is accepted if its score >= the threshold. Definitions of
FMR (false match rate), FNMR (false non-match rate), ROC and DET: ISO/IEC 19795-1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Scores

#: Doddington's rule of 30 (Doddington et al., "The NIST speaker recognition evaluation", Speech Communication 2000):
#: with 30 errors the true rate lies within 30 % of the measured one, with 90 % confidence.
ERRORS_NEEDED = 30

FMRS = ("1e-1", "1e-2", "1e-3", "1e-4")


@dataclass(frozen=True)
class FoldAccuracy:
    """The accuracy of verification, the share of right decisions, 0..1, fold by fold in the order of the fold numbers.

    folds, thresholds : (F,) float64. mean, std : over the folds; std with F - 1, and 0 where there is one fold.
    in_sample : the threshold was chosen on the very pairs it is tested on, since there is one fold: a little too good.
    """

    mean: float
    std: float
    folds: np.ndarray
    thresholds: np.ndarray
    in_sample: bool


def accuracy_by_fold(scores: Scores) -> FoldAccuracy:
    """Compute the accuracy of each fold at the threshold that is best on all other folds.

    Source: Huang, Ramesh, Berg, Learned-Miller, "Labeled Faces in the Wild", 2007, View 2.
    """
    numbers = np.unique(scores.fold)
    in_sample = len(numbers) == 1
    accuracies, thresholds = [], []
    for number in numbers:
        tested = scores.fold == number
        chosen_on = tested if in_sample else ~tested
        threshold = best_threshold(scores.value[chosen_on], scores.same[chosen_on])
        thresholds.append(threshold)
        accuracies.append(np.mean((scores.value[tested] >= threshold) == scores.same[tested]))
    std = 0.0 if in_sample else float(np.std(accuracies, ddof=1))
    return FoldAccuracy(float(np.mean(accuracies)), std, np.array(accuracies), np.array(thresholds), in_sample)


def spread_note(folds: int) -> str:
    """Say in words what the standard deviation over so many folds is, and what it is not."""
    return f"the mean's own standard error is that by the root of {folds}, a factor of {folds**0.5:.1f}"


def best_threshold(value: np.ndarray, same: np.ndarray) -> float:
    """Find the threshold with the most right decisions on these pairs; value (P,) float32, same (P,) bool, P > 0.

    Thresholds between two neighbouring scores decide alike: the answer is the middle of such an interval. Of several
    equally good ones the widest is taken, and of equally wide ones the lowest. Accepting all (the lowest score) or
    none (just above the highest) is the answer only if it is better than every interval. It is a float32 number, so
    that comparing with it gives the same in either precision.
    """
    levels, level_of = np.unique(value, return_inverse=True)
    genuine = np.bincount(level_of, same, len(levels))
    impostor = np.bincount(level_of, ~same, len(levels))
    # right[i]: all from levels[i] on are accepted; the last entry accepts none.
    right = np.append(0, np.cumsum(impostor)) + np.append(np.cumsum(genuine[::-1])[::-1], 0)
    inner = right[1:-1]
    if not len(inner) or inner.max() < max(right[0], right[-1]):
        return float(levels[0]) if right[0] >= right[-1] else float(np.nextafter(levels[-1], np.float32(np.inf)))
    width = np.where(inner == inner.max(), np.diff(levels.astype(np.float64)), -1)
    low, high = levels[np.argmax(width)], levels[np.argmax(width) + 1]
    middle = np.float32((float(low) + float(high)) / 2)
    return float(middle if middle > low else high)


def roc(scores: Scores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute the receiver operating characteristic, exact: one point for each different score.

    From accepting none to all.
    Returns far (K,), the share of impostor pairs accepted, ascending; tar (K,), the share of genuine pairs accepted;
    thresholds (K,), descending from infinity. Raises UserError unless there are pairs of both kinds.
    """
    if scores.same.all() or not scores.same.any():
        raise UserError("verification needs genuine and impostor pairs: take more pairs, or another set")
    levels, level_of = np.unique(-scores.value.astype(np.float64), return_inverse=True)
    genuine = np.bincount(level_of, scores.same, len(levels))
    impostor = np.bincount(level_of, ~scores.same, len(levels))
    far = np.append(0, np.cumsum(impostor)) / impostor.sum()
    tar = np.append(0, np.cumsum(genuine)) / genuine.sum()
    return far, tar, np.append(np.inf, -levels)


def auc(scores: Scores) -> float:
    """Compute the area under the ROC by trapezia: the chance that a genuine pair outscores an impostor pair.

    A tie counts half. This is the Mann-Whitney U statistic over its maximum: Hanley and McNeil, Radiology 143, 1982.
    """
    far, tar, _ = roc(scores)
    return float(np.trapezoid(tar, far))


def eer(scores: Scores) -> float:
    """Compute the equal error rate, 0..1: where FMR = FNMR.

    It lies on the straight line between the two ROC points around it.
    """
    far, tar, _ = roc(scores)
    excess = far - (1 - tar)
    after = int(np.argmax(excess >= 0))
    before = after - 1
    share = -excess[before] / (excess[after] - excess[before])
    return float(far[before] + share * (far[after] - far[before]))


def fnmr_at_fmr(scores: Scores, fmr: float) -> float | None:
    """Find the smallest FNMR, 0..1, at a threshold whose FMR is at most ``fmr``.

    None if the impostor pairs are fewer than ERRORS_NEEDED / fmr: then the threshold hangs on a handful of pairs.
    """
    if np.count_nonzero(~scores.same) < round(ERRORS_NEEDED / fmr):
        return None
    far, tar, _ = roc(scores)
    return float(1 - tar[far <= fmr].max())


def summary(scores: Scores, *, protocol: str, not_found: int) -> dict[str, Any]:
    """Summarize one system on one set: all metrics of verification, ready for JSON.

    not_found : images without a detected face.
    """
    accuracy = accuracy_by_fold(scores)
    at_fmr = {name: fnmr_at_fmr(scores, float(name)) for name in FMRS}
    return {
        "accuracy": {"mean": accuracy.mean, "std": accuracy.std, "folds": accuracy.folds.tolist()},
        "threshold": {
            "mean": float(accuracy.thresholds.mean()),
            "folds": accuracy.thresholds.tolist(),
            "in_sample": accuracy.in_sample,
        },
        "auc": auc(scores),
        "eer": eer(scores),
        "fnmr_at_fmr": {name: "too few impostors" if rate is None else rate for name, rate in at_fmr.items()},
        "pairs": len(scores.value),
        "not_found": not_found,
        "protocol": protocol,
    }
