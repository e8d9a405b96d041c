"""One stage of a cascade: trees are boosted until it lets most faces pass and few other windows.

P. Viola, M. Jones, "Robust Real-Time Face Detection", IJCV 57(2), 2004, table 2. Threshold and rates come from samples
held out from boosting: on those that a tree was chosen for, its rates are better than they are elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eigen2arc.classical.detect.boosting.adaboost import AdaBoost
from eigen2arc.classical.detect.boosting.binning import Binned
from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.classical.detect.haar.responses import haar_responses
from eigen2arc.classical.detect.haar.window_integrals import WindowIntegrals

#: Responses that exist as floating-point numbers at a time, in bytes.
BLOCK_BYTES = 64_000_000


@dataclass(frozen=True)
class Goals:
    """The goals of a stage.

    hit_rate : share of the faces that it has to let pass. false_alarm_rate : of others, at most. most_trees :
    the stage ends with so many, whether it has reached its goal or not.
    """

    hit_rate: float
    false_alarm_rate: float
    most_trees: int


@dataclass(frozen=True)
class Boost:
    """How trees are boosted, see AdaBoost. positive_weight : share of all weight that the faces have at first.

    table_bytes : how large the table of binned features may be; where it would be larger, features are left out at
    random.
    """

    boosting: str
    depth: int
    feature_share: float
    trimmed_weight: float
    positive_weight: float
    table_bytes: int


@dataclass(frozen=True)
class Samples:
    """Windows (N, S, S) uint8. held_out : (N,) bool, those that are only measured on."""

    windows: np.ndarray
    held_out: np.ndarray

    def __len__(self) -> int:
        return len(self.windows)

    def subset(self, chosen: np.ndarray) -> "Samples":
        """Return the samples where ``chosen`` (N,) is True."""
        return Samples(self.windows[chosen], self.held_out[chosen])


@dataclass(frozen=True)
class Stage:
    """A trained stage. trees : on the numbers of all features. threshold : what sums up to less is rejected.

    hit_rate, false_alarm_rate : on the held-out samples. table_features : how many features there was room for.
    """

    trees: BoostedTrees
    threshold: np.float32
    hit_rate: float
    false_alarm_rate: float
    table_features: int

    def passes(self, windows: np.ndarray, features: HaarFeatures) -> np.ndarray:
        """Tell which windows (N, S, S) uint8 pass the stage, (N,) bool."""
        return tree_scores(self.trees, WindowIntegrals.of(windows), features) >= self.threshold


def tree_scores(trees: BoostedTrees, windows: WindowIntegrals, features: HaarFeatures) -> np.ndarray:
    """Sum the trees (N,) float64 on windows; only the features that they use are computed."""
    used, indices = np.unique(trees.features, return_inverse=True)
    local = BoostedTrees(indices.reshape(trees.features.shape).astype(np.int32), trees.thresholds, trees.leaves)
    return local.score(haar_responses(windows, select_features(features, used)))


def select_features(features: HaarFeatures, numbers: np.ndarray) -> HaarFeatures:
    """Select the features of these numbers, in this order."""
    return HaarFeatures(features.rectangles[numbers], features.weights[numbers], features.tilted[numbers])


def train_stage(
    positives: Samples, negatives: Samples, features: HaarFeatures, boost: Boost, goals: Goals, seed: int
) -> Iterator[Stage]:
    """Boost tree after tree, and yield the stage after each; the last one reaches the goals or has most_trees."""
    rng = np.random.default_rng(seed)
    training = [samples.windows[~samples.held_out] for samples in (positives, negatives)]
    room = max(boost.table_bytes // sum(map(len, training)), 1)
    tried = np.arange(len(features.tilted))
    if room < len(tried):
        tried = np.sort(rng.choice(len(tried), room, replace=False))
    table = _table(np.concatenate(training), select_features(features, tried))
    labels = np.arange(len(table.bins[0])) < len(training[0])
    share = np.where(labels, boost.positive_weight / labels.sum(), (1 - boost.positive_weight) / (~labels).sum())
    boosted = AdaBoost(
        table, labels, share, boost.boosting, boost.depth, boost.feature_share, seed, boost.trimmed_weight
    )
    measured = [WindowIntegrals.of(samples.windows[samples.held_out]) for samples in (positives, negatives)]
    scores = [np.zeros(len(windows.windows)) for windows in measured]
    while True:
        boosted.add_tree()
        trees = boosted.trees
        trees = BoostedTrees(tried[trees.features].astype(np.int32), trees.thresholds, trees.leaves)
        newest = BoostedTrees(trees.features[-1:], trees.thresholds[-1:], trees.leaves[-1:])
        for total, windows in zip(scores, measured, strict=True):
            total += tree_scores(newest, windows, features)
        threshold = _threshold(scores[0], goals.hit_rate)
        hit_rate, false_alarm_rate = (float((total >= threshold).mean()) for total in scores)
        yield Stage(trees, threshold, hit_rate, false_alarm_rate, len(tried))
        if false_alarm_rate <= goals.false_alarm_rate or len(trees) >= goals.most_trees:
            return


def _table(windows: np.ndarray, features: HaarFeatures) -> Binned:
    integrals, count = WindowIntegrals.of(windows), len(features.tilted)
    block = max(BLOCK_BYTES // (4 * len(windows)), 1)
    parts = (np.arange(start, min(start + block, count)) for start in range(0, count, block))
    return Binned.of_blocks(
        (haar_responses(integrals, select_features(features, p)) for p in parts), count, len(windows)
    )


def _threshold(scores: np.ndarray, hit_rate: float) -> np.float32:
    """Return the highest threshold that at least a share ``hit_rate`` of the scores reaches."""
    lost = int((1 - hit_rate) * len(scores))
    lowest_kept = np.partition(scores, lost)[lost]
    threshold = np.float32(lowest_kept)
    return threshold if threshold <= lowest_kept else np.nextafter(threshold, np.float32(-np.inf))
