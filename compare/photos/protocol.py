"""What is tested on a folder of photos: pairs in folds by person, and rounds of open-set identification."""

from dataclasses import replace

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, Dataset, Trials
from eigen2arc.datasets.protocols.pairs import balanced_pairs
from eigen2arc.datasets.protocols.photo_rounds import photo_rounds

from .findings import PhotoCheck

FOLDS, PAIRS_PER_FOLD = 10, 600

#: Of each person at most so many images are tested, evenly chosen, so that nobody decides all.
MOST_PER_PERSON = 20

#: Of each enrolled person at most so many images are in the gallery.
ENROLLED = 3

ROUNDS = 10

SEED = 0

ADVICE = "How many people and photos it takes: eigen2arc compare mine --plan"


def photo_protocol(check: PhotoCheck) -> Dataset:
    """Make the tests of the photos that can be used: Dataset.trials and Dataset.splits of all images of the check.

    The images that cannot be used stay in the set, so that what the check computed of them serves the tests. Raises
    UserError where there are no pairs of two people, or of one.
    """
    labels = check.dataset.labels
    assert labels is not None
    tested = np.full(len(labels), -1)
    for person in np.unique(labels[check.kept & (labels >= 0)]).tolist():
        images = np.flatnonzero(check.kept & (labels == person))
        chosen = images[np.unique(np.linspace(0, len(images) - 1, min(len(images), MOST_PER_PERSON)).astype(np.int64))]
        tested[chosen] = person
    own = np.flatnonzero((tested >= 0) & ~check.strangers)
    try:
        drawn = balanced_pairs(tested[own], pairs_per_fold=PAIRS_PER_FOLD, folds=FOLDS, seed=SEED)
    except UserError as error:
        raise UserError(f"nothing can be tested on these photos: {error}. {ADVICE}") from None
    trials = Trials(own[drawn.first], own[drawn.second], drawn.same, drawn.fold)
    strangers = check.kept & check.strangers & ((labels < 0) | (tested >= 0))
    splits = photo_rounds(tested, strangers, enrolled=ENROLLED, rounds=ROUNDS, seed=SEED)
    left = int(np.count_nonzero(check.kept & ~check.strangers)) - len(own)
    fewer = f" ({left:,} more are not tested, since nobody has more than {MOST_PER_PERSON})" if left else ""
    protocol = f"{len(own):,} photos of {len(np.unique(tested[own]))} people{fewer}; {_describe(tested, splits)}"
    return replace(check.dataset, trials=trials, splits=splits, protocol=protocol)


def known_images(check: PhotoCheck, tested: Dataset) -> np.ndarray:
    """Choose by which images a system of the run knows everybody afterwards: (N,) bool of all images of the check.

    Of each person at most ENROLLED: those of the first round, where the person is enrolled in it; strangers in that
    round, and who has a single image, are known as well. tested : what photo_protocol made.
    """
    labels, splits = check.dataset.labels, tested.splits
    assert labels is not None and splits is not None
    usable = check.kept & ~check.strangers & (labels >= 0)
    known = (splits == GALLERY)[:1].any(axis=0)
    for person in np.setdiff1d(labels[usable], labels[known]).tolist():
        known[np.flatnonzero(usable & (labels == person))[:ENROLLED]] = True
    return known


def _describe(labels: np.ndarray, splits: np.ndarray) -> str:
    """Put the rounds into words, by the first one; the others are alike."""
    gallery, probes = splits[0] == GALLERY, splits[0] == PROBE
    enrolled = np.unique(labels[gallery])
    mated = int((probes & np.isin(labels, enrolled)).sum())
    return (
        f"open set: {len(splits)} rounds, in the first {len(enrolled)} people enrolled with {int(gallery.sum()):,} "
        f"images and looked up with {mated:,}, {int(probes.sum()) - mated:,} images of strangers"
    )
