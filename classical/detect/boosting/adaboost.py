"""AdaBoost on small trees: every round grows a tree on weights that stress what the trees so far got wrong.

Y. Freund, R. E. Schapire, JCSS 55(1), 1997; J. Friedman, T. Hastie, R. Tibshirani, Annals of Statistics 28(2), 2000
(FHT below): its discrete, real and gentle forms differ only in the split criterion and the leaf values, see
discrete.py, real.py and gentle.py.
"""

from dataclasses import dataclass

import numpy as np

from eigen2arc.core import plugins
from eigen2arc.core.checks import check_shape

from .binning import Binned
from .split_search import Boosting, Node, best_split
from .tree_ensemble import BoostedTrees

#: Trees deeper than this are no weak learners any more.
MAX_DEPTH = 8


@dataclass(frozen=True)
class _Tree:
    features: np.ndarray
    thresholds: np.ndarray
    leaves: np.ndarray


class AdaBoost:
    """Rounds of boosting; nothing random depends on what was drawn before, only on ``seed`` and the round's number.

    binned : F features of N samples. labels : (N,) bool. weights : (N,) of the samples in the first round, above 0,
    whatever their sum: a class or a sample that matters more gets more. boosting : a plug-in of kind "boosting", or
    its name. depth : of the trees, from 1 (stumps) to 8. feature_share : of the features, those that a round tries,
    above 0 to 1. trimmed_weight : the samples of the least weight, up to this share of all, do not help to choose a
    round's splits (FHT, section 9: they make a round slow and change little), but count for what its leaves answer.

    scores : (N,) float64, the sums of the trees' answers so far.
    """

    def __init__(
        self,
        binned: Binned,
        labels: np.ndarray,
        weights: np.ndarray,
        boosting: str | Boosting = "gentle",
        depth: int = 1,
        feature_share: float = 1.0,
        seed: int = 0,
        trimmed_weight: float = 0.0,
    ) -> None:
        samples = check_shape(binned.bins, "F N", "binned.bins")["N"]
        check_shape(labels, str(samples), "labels")
        check_shape(weights, str(samples), "weights")
        if not (np.isfinite(weights).all() and (weights > 0).all()):
            raise ValueError("weights: expected finite numbers above 0")
        self.binned, self.labels, self.depth = binned, np.asarray(labels, bool), depth
        self.feature_share, self.seed, self.trimmed_weight = feature_share, seed, trimmed_weight
        self.boosting: Boosting = plugins.build("boosting", boosting) if isinstance(boosting, str) else boosting
        self.weights = np.asarray(weights, np.float64) / np.sum(weights)
        self.scores = np.zeros(samples)
        self._trees: list[_Tree] = []

    @property
    def trees(self) -> BoostedTrees:
        """All trees so far."""
        size = 2**self.depth
        return BoostedTrees(
            np.array([tree.features for tree in self._trees], np.int32).reshape(-1, size - 1),
            np.array([tree.thresholds for tree in self._trees], np.float32).reshape(-1, size - 1),
            np.array([tree.leaves for tree in self._trees], np.float32).reshape(-1, size),
        )

    def add_tree(self) -> None:
        """Grow a tree on the weights, add it, and update w <- w exp(-y f(x)), normalised: FHT, algorithms 1-4."""
        tree, leaf_of = self._grow(self._tried_features())
        answers = tree.leaves[leaf_of].astype(np.float64)
        self.scores = self.scores + answers
        weights = self.weights * np.exp(np.where(self.labels, -answers, answers))
        self.weights = weights / weights.sum()
        self._trees.append(tree)

    def _tried_features(self) -> np.ndarray:
        features = len(self.binned.bins)
        count = max(round(self.feature_share * features), 1)
        if count == features:
            return np.arange(features)
        rng = np.random.default_rng([self.seed, len(self._trees)])
        return np.sort(rng.choice(features, count, replace=False))

    def _root(self) -> Node:
        """Collect the samples that help to choose splits, positives first."""
        kept = self.weights > 0  # a weight may have shrunk to nothing
        if self.trimmed_weight > 0:
            order = np.argsort(self.weights, kind="stable")
            kept[order[: np.searchsorted(np.cumsum(self.weights[order]), self.trimmed_weight)]] = False
        positives, negatives = np.flatnonzero(kept & self.labels), np.flatnonzero(kept & ~self.labels)
        samples = np.concatenate([positives, negatives]).astype(np.uint32)
        return Node(samples, len(positives), self.weights[samples])

    def _grow(self, tried: np.ndarray) -> tuple[_Tree, np.ndarray]:
        """Grow a tree; also return the number (N,) of the leaf that each sample falls into."""
        leaves = 2**self.depth
        features, thresholds = np.zeros(leaves - 1, np.int32), np.zeros(leaves - 1, np.float32)
        nodes: list[Node | None] = [self._root()]
        # Where a node cannot be split, everything goes left from there on, and the leaves to the right repeat.
        node_of, answer_of = np.zeros(len(self.labels), np.int64), np.arange(leaves)
        for number in range(leaves - 1):
            node = nodes[number]
            split = None if node is None else best_split(self.binned, tried, node, self.boosting)
            here = np.flatnonzero(node_of == number)
            if node is None or split is None:
                nodes += [None, None]
                node_of[here] = 2 * number + 1
                level = (number + 1).bit_length() - 1
                span = leaves >> level
                first = (number + 1 - (1 << level)) * span
                answer_of[first : first + span] = answer_of[first]
                continue
            feature, last_left = split
            features[number], thresholds[number] = feature, self.binned.threshold(feature, last_left)
            row = self.binned.bins[feature]
            left = row[node.samples] <= last_left
            nodes += [node.subset(left), node.subset(~left)]
            node_of[here] = 2 * number + np.where(row[here] <= last_left, 1, 2)
        leaf_of = node_of - (leaves - 1)
        positive = np.bincount(leaf_of[self.labels], self.weights[self.labels], minlength=leaves)
        negative = np.bincount(leaf_of[~self.labels], self.weights[~self.labels], minlength=leaves)
        answers = self.boosting.leaf_values(positive, negative)[answer_of]
        return _Tree(features, thresholds, answers.astype(np.float32)), leaf_of
