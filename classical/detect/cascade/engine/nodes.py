"""A cascade's nodes made ready for one layout of the integral images: tables that the inner loops read in order."""

from typing import Any, NamedTuple

import numpy as np

from eigen2arc.classical.detect.haar.features import HaarFeatures

from .integral_layout import grid_corners, tilted_corners, upright_corners
from .stages import LbpFeatures, Stages

#: How numba compiles the inner loops. They are given all their memory; without the counting of references that numba
#: would do at every access of a tuple's member, they are up to five times as fast.
INNER_LOOP: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False, "forceinline": True}


class Nodes(NamedTuple):
    """M nodes. corners : (M, 12 or 16) uint32 indices in the integral images, from the window's upper left corner on.

    weights : (M, 3) float32 of Haar features. subsets : (M, 8) int32 of LBP features, whose value is 0 for a code in
    the subset, else 1; the other kind's table has no rows. splits : (M,) float32, a value below it goes left.
    children : (M, 2) int32 node in the tree, 0 where the tree ends. outcomes : (M, 2) float32 what a branch adds to its
    stage's sum, 0 where it leads to another node.
    """

    corners: np.ndarray
    weights: np.ndarray
    subsets: np.ndarray
    splits: np.ndarray
    children: np.ndarray
    outcomes: np.ndarray

    @classmethod
    def of(
        cls, stages: Stages, features: HaarFeatures | LbpFeatures, stride: int, step_px: int, tilted_from: int
    ) -> "Nodes":
        """Build the tables of a cascade's nodes for one layout of the integral images.

        stride, step_px : see integral_layout. tilted_from : the index at which the tilted integral image begins.
        """
        sizes = np.diff(stages.first_node)
        tree = np.repeat(np.arange(len(sizes)), sizes)
        # A tree's leaves begin as many rows later as there are trees before it.
        leaf = (stages.first_node[tree] + tree)[:, None] + np.maximum(-stages.children, 0)
        outcomes = np.where(stages.children > 0, np.float32(0), stages.leaves[leaf])
        children = np.maximum(stages.children, 0)
        if isinstance(features, LbpFeatures):
            corners = grid_corners(features.cells, stride, step_px)
            halves = np.full(len(corners), 0.5, np.float32)
            return cls(corners, np.zeros((0, 3), np.float32), features.subsets, halves, children, outcomes)
        corners = upright_corners(features.rectangles, stride, step_px)
        turned = features.rectangles[features.tilted]
        there = tilted_corners(turned, stride, step_px) + np.uint32(tilted_from)
        # A rectangle that is not there has no size: its corners are one index.
        corners[features.tilted] = np.where((turned[:, :, 2] > 0)[:, :, None], there, 0)
        corners = corners.reshape(-1, 12)
        return cls(corners, features.weights, np.zeros((0, 8), np.int32), stages.splits, children, outcomes)
