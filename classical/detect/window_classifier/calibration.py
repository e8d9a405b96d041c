"""Fitting a classifier so that its decision values can be read as probabilities."""

from collections.abc import Callable

import numpy as np
from sklearn.model_selection import StratifiedKFold

from .model import Classifier
from .platt import Sigmoid, fit_platt

#: Three, as Platt takes: the sigmoid is fitted on decisions of classifiers that saw two thirds of the samples.
FOLDS = 3


def fit_calibrated(
    make: Callable[[], Classifier], x: np.ndarray, faces: np.ndarray, seed: int
) -> tuple[Classifier, Sigmoid]:
    """A classifier fitted on all of x (N, D) float32, faces (N,) bool, and the sigmoid for its decision values.

    The sigmoid is fitted on held-out folds (J. Platt 1999, section 2.1): on the samples that it was fitted on, a
    classifier is surer than it should be. make : gives a new classifier each time. Raises ValueError for fewer than
    FOLDS samples of a class.
    """
    held_out = np.empty(len(x))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, hidden in folds.split(x, faces):
        held_out[hidden] = make().fit(x[seen], faces[seen]).decide(x[hidden])
    return make().fit(x, faces), fit_platt(held_out, faces)
