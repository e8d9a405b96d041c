"""Random forest: the share of many deep trees, each grown on other samples and other dimensions, that say face.

L. Breiman, "Random Forests", Machine Learning 45, 2001. Grown by scikit-learn; kept as plain arrays and evaluated here,
because a fitted forest of the library's can be stored as a pickle only.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numba import njit, prange
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from eigen2arc.core.bounds import Count, Ge, Le, Seed
from eigen2arc.core.checks import check_shape


@dataclass
class RandomForest:
    """A random forest as arrays: M nodes of T trees, one tree after the other.

    first_ : (T,) int32, where each tree's root is. dimension_ : (M,) int32, -1 in a leaf. threshold_ : (M,) float32;
    a value not above it goes left. children_ : (M, 2) int32, both later than the node. face_ : (M,) float32, the
    share of faces among the samples there. dimensions_ : D.

    trees : how many. min_leaf : samples that a leaf holds at least. seed : of the draws.
    """

    SHAPES: ClassVar[dict[str, str]] = {
        "first": "T", "dimension": "M", "threshold": "M", "children": "M 2", "face": "M", "dimensions": "1",
    }  # fmt: skip
    INTEGERS: ClassVar[tuple[str, ...]] = ("first", "dimension", "children", "dimensions")

    trees: Annotated[int, Ge(1), Le(10_000)] = 200
    min_leaf: Count = 1
    seed: Seed = 0

    def fit(self, x: np.ndarray, faces: np.ndarray, weights: np.ndarray | None = None) -> "RandomForest":
        """Learn from x (N, D) float32, faces (N,) bool and the samples' weights (N,), 1 each if not given."""
        forest = RandomForestClassifier(self.trees, min_samples_leaf=self.min_leaf, random_state=self.seed)
        forest.fit(x, faces, sample_weight=weights)
        sizes = [tree.tree_.node_count for tree in forest.estimators_]
        self.first_ = np.append(0, np.cumsum(sizes)[:-1]).astype(np.int32)
        parts = [_arrays(tree, start) for tree, start in zip(forest.estimators_, self.first_.tolist(), strict=True)]
        self.dimension_, self.threshold_, self.children_, self.face_ = map(np.concatenate, zip(*parts, strict=True))
        self.dimensions_ = np.array([x.shape[1]], np.int32)
        return self

    def decide(self, x: np.ndarray) -> np.ndarray:
        """Average over the trees the share of faces in the leaf of x (N, D) float32: (N,) float64, 0..1."""
        check_shape(x, f"N {self.dimensions_[0]}", "x")
        rows = np.ascontiguousarray(x, np.float32)
        return np.asarray(_mean(rows, self.first_, self.dimension_, self.threshold_, self.children_, self.face_))

    def tensors(self) -> dict[str, np.ndarray]:
        names = (*self.SHAPES,)
        return {name: getattr(self, f"{name}_") for name in names}

    def restore(self, tensors: dict[str, np.ndarray]) -> "RandomForest":
        """Restore the fitted state that tensors() returned. Raises ValueError for arrays that are no trees."""
        nodes = np.arange(len(tensors["dimension"]))
        inner = tensors["dimension"] >= 0
        children = tensors["children"][inner]
        if (
            not ((tensors["first"] >= 0) & (tensors["first"] < len(nodes))).all()
            or (tensors["dimension"] >= tensors["dimensions"]).any()
            or not ((nodes[inner, None] < children) & (children < len(nodes))).all()
        ):
            raise ValueError("random_forest: a node leads back, or out of the forest")
        for name, tensor in tensors.items():
            setattr(self, f"{name}_", tensor)
        return self


def _arrays(tree: DecisionTreeClassifier, start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return dimension, threshold, children and face of one tree whose root is to be node number ``start``."""
    grown = tree.tree_
    inner = grown.children_left >= 0
    dimension = np.where(inner, grown.feature, -1).astype(np.int32)
    children = np.where(inner[:, None], np.stack([grown.children_left, grown.children_right], axis=1) + start, 0)
    # The library compares with float64; the largest float32 not above it parts float32 values in the same way.
    threshold = grown.threshold.astype(np.float32)
    above = threshold > grown.threshold
    threshold[above] = np.nextafter(threshold[above], np.float32(-np.inf))
    votes = grown.value[:, 0, :]
    face = votes[:, list(tree.classes_).index(1)] / votes.sum(axis=1)
    return dimension, threshold, children.astype(np.int32), face.astype(np.float32)


@njit(cache=True, parallel=True)
def _mean(
    x: np.ndarray,
    first: np.ndarray,
    dimension: np.ndarray,
    threshold: np.ndarray,
    children: np.ndarray,
    face: np.ndarray,
) -> np.ndarray:
    out = np.empty(len(x))
    for n in prange(len(x)):
        total = 0.0
        for root in first:
            node = root
            while dimension[node] >= 0:
                node = children[node, 0 if x[n, dimension[node]] <= threshold[node] else 1]
            total += face[node]
        out[n] = total / len(first)
    return out


build = RandomForest
