"""What a cascade consists of: stages of boosted trees, and the LBP features that the trees' nodes evaluate."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class Stages(NamedTuple):
    """S stages of T trees of M nodes, all in the order in which they are evaluated.

    thresholds : (S,) float32; a stage rejects what sums up to less. first_tree : (S + 1,) int64, where each stage's
    trees begin. first_node : (T + 1,) int64, where each tree's nodes begin; tree t's leaves begin t later, as a tree
    has one leaf more than nodes. children : (M, 2) int32; above 0, the number of a node in the tree, which comes later
    than its parent, else minus the number of a leaf. splits : (M,) float32, below it goes left; not used with
    LbpFeatures. leaves : (M + T,) float32.
    """

    thresholds: np.ndarray
    first_tree: np.ndarray
    first_node: np.ndarray
    children: np.ndarray
    splits: np.ndarray
    leaves: np.ndarray

    def first(self, count: int) -> "Stages":
        """Return the first ``count`` stages, which are 1 to all of them."""
        trees = int(self.first_tree[count])
        nodes = int(self.first_node[trees])
        return Stages(
            self.thresholds[:count],
            self.first_tree[: count + 1],
            self.first_node[: trees + 1],
            self.children[:nodes],
            self.splits[:nodes],
            self.leaves[: nodes + trees],
        )

    def trees_of(self, stage: int) -> Iterator[tuple[slice, slice]]:
        """Yield, for each tree of a stage, the slices of its nodes and of its leaves in the tables."""
        for tree in range(self.first_tree[stage], self.first_tree[stage + 1]):
            first, end = int(self.first_node[tree]), int(self.first_node[tree + 1])
            yield slice(first, end), slice(first + tree, end + tree + 1)


class LbpFeatures(NamedTuple):
    """The multi-block local binary patterns of M nodes: 3 x 3 cells, the eight outer ones against the middle.

    L. Zhang, R. Chu, S. Xiang, S. Liao, S. Z. Li, "Face Detection Based on Multi-Block LBP Representation", ICB 2007:
    equal cells of any size at any place, 8,464 grids in 24 x 24 pixels (20 times fewer than Haar features). A code is a
    name, not a number, so a node asks whether it is in a set.
    cells : (M, 4) int64 x y width height of the upper left cell. subsets : (M, 8) int32, 256 bits, one for each code:
    a code whose bit (code % 32) of number code // 32 is set goes left. The code's bits, from the highest: upper left,
    above, upper right, right, lower right, below, lower left, left; set where the cell's sum is at least the middle's.
    """

    cells: np.ndarray
    subsets: np.ndarray
