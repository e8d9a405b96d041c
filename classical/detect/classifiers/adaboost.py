"""AdaBoost on small trees: a sum of weak answers, each learned on what the ones before got wrong.

See classical/detect/boosting/adaboost.py, the same rounds that train a cascade's stages.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.classical.detect.boosting.adaboost import AdaBoost
from eigen2arc.classical.detect.boosting.binning import Binned
from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.core.bounds import Ge, Gt, Le, Seed
from eigen2arc.core.checks import check_shape


@dataclass
class AdaBoostClassifier:
    """AdaBoost on descriptors. trees_ : BoostedTrees. dimensions_ : (1,) int32, D.

    rounds : trees. depth : of a tree, 1 for stumps. boosting : see `list boosting`. feature_share : of the dimensions,
    those that a round tries. seed : of the draw.
    """

    SHAPES: ClassVar[dict[str, str]] = {"features": "K I", "thresholds": "K I", "leaves": "K L", "dimensions": "1"}
    INTEGERS: ClassVar[tuple[str, ...]] = ("features", "dimensions")

    rounds: Annotated[int, Ge(1), Le(100_000)] = 200
    depth: Annotated[int, Ge(1), Le(8)] = 2
    boosting: str = "gentle"
    feature_share: Annotated[float, Gt(0), Le(1)] = 1.0
    seed: Seed = 0

    def fit(self, x: np.ndarray, faces: np.ndarray, weights: np.ndarray | None = None) -> "AdaBoostClassifier":
        """Learn from x (N, D) float32, faces (N,) bool and the samples' weights (N,).

        Where no weights are given, faces and others weigh the same as classes, as Viola and Jones begin (table 1).
        """
        if weights is None:
            weights = np.where(faces, 0.5 / max(faces.sum(), 1), 0.5 / max((~faces).sum(), 1))
        binned = Binned.of(np.ascontiguousarray(x.T))
        machine = AdaBoost(binned, faces, weights, self.boosting, self.depth, self.feature_share, self.seed)
        for _ in range(self.rounds):
            machine.add_tree()
        self.trees_ = machine.trees
        self.dimensions_ = np.array([x.shape[1]], np.int32)
        return self

    def decide(self, x: np.ndarray) -> np.ndarray:
        """Sum the trees' answers for x (N, D) float32, (N,) float64, above 0 for a face."""
        check_shape(x, f"N {self.dimensions_[0]}", "x")
        return self.trees_.score(x.T)

    def tensors(self) -> dict[str, np.ndarray]:
        trees = self.trees_
        arrays = {"features": trees.features, "thresholds": trees.thresholds, "leaves": trees.leaves}
        return arrays | {"dimensions": self.dimensions_}

    def restore(self, tensors: dict[str, np.ndarray]) -> "AdaBoostClassifier":
        """Restore the fitted state that tensors() returned. Raises ValueError for arrays that are no trees."""
        self.trees_ = BoostedTrees(tensors["features"], tensors["thresholds"], tensors["leaves"])
        self.dimensions_ = tensors["dimensions"]
        if (self.trees_.features >= self.dimensions_[0]).any():
            raise ValueError(f"adaboost: a tree asks for a dimension beyond the {self.dimensions_[0]} that there are")
        return self


build = AdaBoostClassifier
