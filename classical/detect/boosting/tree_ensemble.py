"""A sum of small decision trees: what boosting leaves behind."""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange

from eigen2arc.core.checks import check_finite, check_shape


@dataclass(frozen=True)
class BoostedTrees:
    """K complete binary trees of depth d, each in heap order: the children of node i are 2 i + 1 and 2 i + 2.

    features : (K, 2**d - 1) int32, thresholds : (K, 2**d - 1) float32; a value below goes left. leaves : (K, 2**d)
    float32, from left to right. Where a tree ends early, the leaves below repeat its answer.
    """

    features: np.ndarray
    thresholds: np.ndarray
    leaves: np.ndarray

    def __post_init__(self) -> None:
        trees, leaves = self.leaves.shape
        if leaves < 2 or leaves & (leaves - 1):
            raise ValueError(f"BoostedTrees.leaves: expected 2, 4, 8, ... a tree, got {leaves}")
        check_shape(self.features, f"{trees} {leaves - 1}", "BoostedTrees.features")
        check_shape(self.thresholds, f"{trees} {leaves - 1}", "BoostedTrees.thresholds")
        check_finite(self.thresholds, "BoostedTrees.thresholds")
        check_finite(self.leaves, "BoostedTrees.leaves")
        if self.features.size and self.features.min() < 0:
            raise ValueError("BoostedTrees.features: expected numbers from 0 on")

    def __len__(self) -> int:
        return len(self.leaves)

    @property
    def depth(self) -> int:
        return int(self.leaves.shape[1]).bit_length() - 1

    def score(self, values: np.ndarray) -> np.ndarray:
        """Sum the trees' answers (N,) float64 for values (F, N) float32. Raises ValueError."""
        sizes = check_shape(values, "F N", "values")
        if len(self) and sizes["F"] <= self.features.max():
            raise ValueError(f"values: the trees ask for {self.features.max() + 1} features, got {sizes['F']}")
        out = np.zeros(sizes["N"])
        _score(np.asarray(values, np.float32), self.features, self.thresholds, self.leaves, out)
        return out


@njit(cache=True, parallel=True)
def _score(
    values: np.ndarray, features: np.ndarray, thresholds: np.ndarray, leaves: np.ndarray, out: np.ndarray
) -> None:
    inner = features.shape[1]
    for n in prange(len(out)):
        total = 0.0
        for tree in range(len(features)):
            node = 0
            while node < inner:
                left = values[features[tree, node], n] < thresholds[tree, node]
                node = 2 * node + (1 if left else 2)
            total += leaves[tree, node - inner]
        out[n] = total
