"""Failure to acquire in verification and identification: how often, and the main metrics if each loss is a refusal."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eigen2arc.core.metrics import acquisition
from eigen2arc.core.metrics import open_set as open_set_metrics
from eigen2arc.core.types import GALLERY, UNUSED, Dataset, Scores, Status

from .identification import Round
from .open_set import open_round
from .results import Crops
from .subset import gallery_rounds


def of_pairs(scores: Scores, dataset: Dataset, crops: Crops) -> dict[str, Any]:
    """Summarize the losses among the images of the pairs; "accuracy_if_refused" beside them."""
    assert dataset.trials is not None
    first, second, found = dataset.trials.first, dataset.trials.second, crops.status == Status.FOUND
    return {
        **acquisition.summary(crops.status[np.unique(np.concatenate([first, second]))]),
        "accuracy_if_refused": acquisition.accuracy_if_refused(scores, found[first] & found[second]),
    }


def of_probes(rounds: Sequence[Round], dataset: Dataset, crops: Crops) -> dict[str, Any]:
    """Summarize the losses among the images of the rounds; "rank1_if_refused" beside them, and for strangers DIR.

    A mated probe is not recognised where no face was found in it, nor in any image of its person in the gallery. That
    a lost image of the gallery no longer stands before the right person is left out of account: probes that were taken
    for somebody through such an image stay wrong.
    """
    splits = gallery_rounds(dataset)
    assert splits is not None and dataset.labels is not None
    found = crops.status == Status.FOUND
    shares, both = [], []
    for split, one in zip(splits, rounds, strict=True):
        enrolled = np.unique(dataset.labels[(split == GALLERY) & found])
        usable = found[one.probes] & (np.isin(dataset.labels[one.probes], enrolled) | ~one.mated)
        if one.mated.any():
            shares.append((usable & (one.answers.rank == 1))[one.mated])
        if one.mated.any() and not one.mated.all():
            both.append(open_round(one, ~usable))
    return {
        **acquisition.summary(crops.status[(splits != UNUSED).any(axis=0)]),
        "rank1_if_refused": float(np.mean([np.mean(one) for one in shares])),
        **({"dir_at_fpir_if_refused": open_set_metrics.summary(both)["dir_at_fpir"]} if both else {}),
    }
