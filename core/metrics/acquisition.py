"""Failure to acquire: images in which no face was found, and the metrics of a system that refuses them.

ISO/IEC 19795-1: FTA is the share of images from which nothing can be compared. FMR and FNMR are about comparisons that
were made. A detector that loses the hard images makes them look better than a detector that finds these; where each
loss counts as a refusal two detectors can be compared, whatever else takes the place of a face that was not found.
"""

from typing import Any

import numpy as np

from eigen2arc.core.types import Scores, Status

from .intervals import LEVEL, wilson
from .verification import best_threshold


def summary(status: np.ndarray) -> dict[str, Any]:
    """Summarize the failures to acquire among images of a Status (N,), ready for JSON; N > 0.

    counted_as : how many of them the other metrics count as what: annotated, centre, unreadable or skipped.
    """
    lost = int(np.count_nonzero(status != Status.FOUND))
    low, high = wilson(lost, len(status))
    counts = {one.name.lower(): int(np.count_nonzero(status == one)) for one in Status if one != Status.FOUND}
    return {
        "images": lost,
        "of": len(status),
        "share": lost / len(status),
        "interval": {"level": LEVEL, "method": "wilson", "low": low, "high": high},
        "counted_as": {name: count for name, count in counts.items() if count},
    }


def accuracy_if_refused(scores: Scores, acquired: np.ndarray) -> float:
    """Compute the mean accuracy over the folds where every pair that was not ``acquired`` (P,) bool is refused.

    Each fold's threshold is the best one on the acquired pairs of all other folds; of a single fold on its own.
    """
    numbers = np.unique(scores.fold)
    accuracies = []
    for number in numbers:
        tested = scores.fold == number
        chosen_on = (tested if len(numbers) == 1 else ~tested) & acquired
        threshold = best_threshold(scores.value[chosen_on], scores.same[chosen_on]) if chosen_on.any() else np.inf
        accepted = acquired & (scores.value >= threshold)
        accuracies.append(np.mean(accepted[tested] == scores.same[tested]))
    return float(np.mean(accuracies))
