"""How well a network tells people apart whom it was not trained on: the metrics of a row of the loss table."""

import math

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json
from eigen2arc.core.matchers import cosine
from eigen2arc.core.metrics.verification import accuracy_by_fold, auc, eer, fnmr_at_fmr
from eigen2arc.core.types import Scores, Trials
from eigen2arc.datasets.protocols.pairs import balanced_pairs

FOLDS, PAIRS_PER_FOLD = 10, 600
FARS = ("1e-2", "1e-3")
#: All pairs of so many images are compared, 8 million; of larger sets evenly spaced ones.
MOST_IMAGES = 4000


def trials(labels: np.ndarray) -> Trials:
    """Draw the pairs of the people held out, the same ones for every loss, in folds that share no person."""
    return balanced_pairs(labels, pairs_per_fold=PAIRS_PER_FOLD, folds=FOLDS, seed=0)


def held_out_metrics(vectors: np.ndarray, labels: np.ndarray, pairs: Trials) -> Json:
    """Compute the metrics of vectors (N, D) of the people ``labels`` (N,), compared by cosine; shares 0..1, for JSON.

    accuracy : over the folds of ``pairs``, each at the threshold that is best on the others; ``se`` is the standard
    error of the mean, std / sqrt(folds). Everything else comes from all pairs that there are. Raises UserError for
    vectors that are not finite.
    """
    if not np.isfinite(vectors).all():
        raise UserError("its vectors have values that are not finite")
    value = cosine.build().score_pairs(vectors[pairs.first], vectors[pairs.second])
    by_fold = accuracy_by_fold(Scores(value, pairs.same, pairs.fold))
    every = all_pairs(vectors, labels)
    fnmr = {far: fnmr_at_fmr(every, float(far)) for far in FARS}
    return {
        "accuracy": {
            "mean": by_fold.mean,
            "std": by_fold.std,
            "se": by_fold.std / math.sqrt(len(by_fold.folds)),
            "folds": by_fold.folds.tolist(),
        },
        "tar_at_far": {far: None if rate is None else 1 - rate for far, rate in fnmr.items()},
        "auc": auc(every),
        "eer": eer(every),
        "pairs": {"folds": len(pairs), "all": len(every.value)},
    }


def all_pairs(vectors: np.ndarray, labels: np.ndarray) -> Scores:
    """Compute the cosines of all pairs of rows (N, D); of more than MOST_IMAGES rows, of an even choice."""
    chosen = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), MOST_IMAGES)).astype(np.int64))
    first, second = np.triu_indices(len(chosen), k=1)
    value = cosine.build().score(vectors[chosen], vectors[chosen])[first, second]
    same = labels[chosen][first] == labels[chosen][second]
    return Scores(value, same, np.zeros(len(value), np.int64))
