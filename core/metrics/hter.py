"""HTER, the half total error rate: (FMR + FNMR) / 2 of pairs that had no part in choosing the threshold.

Bengio, Mariéthoz, "The expected performance curve: a new assessment measure for person authentication" (Odyssey 2004):
the threshold is that of equal error on a development part, and an error rate whose threshold was chosen on the very
pairs that it is measured on is too good.
"""

from typing import Any

import numpy as np

from eigen2arc.core.types import Scores

from .verification import roc


def equal_error_threshold(scores: Scores) -> float:
    """Find the score at which FMR and FNMR differ least, for use as a threshold; the highest one of several.

    Raises UserError unless there are pairs of both kinds.
    """
    fmr, tmr, thresholds = roc(scores)
    return float(thresholds[np.argmin(np.abs(fmr - (1 - tmr)))])


def summary(scores: Scores) -> dict[str, Any] | None:
    """Summarize the HTER of each fold at the threshold of equal error on all other folds, ready for JSON.

    One fold alone is its own development part: ``in_sample``. A fold is left out where it, or all others, have pairs
    of one kind only, as a few pairs of a limited run may; None where none is left.
    """
    numbers = np.unique(scores.fold)
    rates = []
    for number in numbers:
        tested = scores.fold == number
        chosen_on = tested if len(numbers) == 1 else ~tested
        if not _both_kinds(scores.same[tested]) or not _both_kinds(scores.same[chosen_on]):
            continue
        development = Scores(scores.value[chosen_on], scores.same[chosen_on], scores.fold[chosen_on])
        accepted = scores.value >= equal_error_threshold(development)
        fmr, fnmr = np.mean(accepted[tested & ~scores.same]), np.mean(~accepted[tested & scores.same])
        rates.append(float((fmr + fnmr) / 2))
    return {"mean": float(np.mean(rates)), "folds": rates, "in_sample": len(numbers) == 1} if rates else None


def _both_kinds(same: np.ndarray) -> bool:
    return bool(same.any() and not same.all())
