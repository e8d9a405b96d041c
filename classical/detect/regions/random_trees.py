"""Random partial spanning trees: Prim's algorithm with edges drawn by their weight, stopped at random.

S. Manén, M. Guillaumin, L. Van Gool, "Prime Object Proposals with Randomized Prim's Algorithm", ICCV 2013, section 4.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Graph(NamedTuple):
    """N superpixels and their edges, each listed from both ends.

    first : (N + 1,) int64, where each superpixel's edges begin. ends : (E,) int64, where they lead to. rho : (E,)
    float64, the probability that both ends show one object. areas : (N,) float64, as shares of the image. boxes :
    (N, 4) int32 x1 y1 x2 y2.
    """

    first: np.ndarray
    ends: np.ndarray
    rho: np.ndarray
    areas: np.ndarray
    boxes: np.ndarray

    @classmethod
    def of(cls, pairs: np.ndarray, rho: np.ndarray, areas: np.ndarray, boxes: np.ndarray) -> "Graph":
        """From pairs (P, 2) of neighbours and the probability (P,) of each."""
        starts = np.concatenate([pairs[:, 0], pairs[:, 1]]).astype(np.int64)
        order = np.argsort(starts, kind="stable")
        ends = np.concatenate([pairs[:, 1], pairs[:, 0]]).astype(np.int64)[order]
        first = np.searchsorted(starts[order], np.arange(len(areas) + 1))
        return cls(first, ends, np.concatenate([rho, rho])[order], areas.astype(np.float64), boxes)


@njit(cache=True, nogil=True)
def large_enough(area: float, least_area: float) -> float:
    """The size term alpha of section 4.2: the share of objects that are no larger than a tree's area.

    The paper counts the objects of its training set. Here objects are as likely to be of any size, on a logarithmic
    scale, from least_area (a share of the image) to the whole image: a prior that knows nothing of a data set.
    """
    return min(max(1 - np.log(area) / np.log(least_area), 0.0), 1.0)


@njit(cache=True, nogil=True)
def grow(graph: Graph, trees: int, least_area: float, rng: np.random.Generator) -> np.ndarray:
    """(trees, 4) int32 boxes around trees that begin at superpixels drawn uniformly.

    From a tree's border an edge is drawn with a probability in proportion to its rho. The tree takes it and goes on,
    unless (1 - rho + alpha(area)) / 2 is above a number that was drawn uniformly from 0..1 when the tree began: it
    stops at unlikely edges, and the sooner the larger it is.
    """
    n = len(graph.areas)
    boxes = np.empty((trees, 4), np.int32)
    tree_of = np.full(n, -1)
    border = np.empty(len(graph.ends), np.int64)
    for tree in range(trees):
        new = int(rng.random() * n)
        limit = rng.random()
        boxes[tree] = graph.boxes[new]
        area, count = 0.0, 0
        while True:
            tree_of[new] = tree
            area += graph.areas[new]
            _enclose(boxes[tree], graph.boxes[new])
            count = _extend(graph, new, tree, tree_of, border, count)
            if count == 0:
                break
            edge = border[_draw(graph.rho, border[:count], rng)]
            if (1 - graph.rho[edge] + large_enough(area, least_area)) / 2 > limit:
                break
            new = graph.ends[edge]
    return boxes


@njit(cache=True, nogil=True)
def _extend(graph: Graph, new: int, tree: int, tree_of: np.ndarray, border: np.ndarray, count: int) -> int:
    """Add the new superpixel's edges to the border, and drop those that now lie inside; returns the new count."""
    kept = 0
    for number in range(count):
        if graph.ends[border[number]] != new:
            border[kept] = border[number]
            kept += 1
    for edge in range(graph.first[new], graph.first[new + 1]):
        if tree_of[graph.ends[edge]] != tree:
            border[kept] = edge
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def _draw(rho: np.ndarray, border: np.ndarray, rng: np.random.Generator) -> int:
    """The place of an edge, drawn in proportion to rho."""
    total = 0.0
    for edge in border:
        total += rho[edge]
    left = rng.random() * total
    for place in range(len(border) - 1):
        left -= rho[border[place]]
        if left < 0:
            return place
    return len(border) - 1


@njit(cache=True, nogil=True)
def _enclose(box: np.ndarray, other: np.ndarray) -> None:
    """Widen a box (4,) to hold another one."""
    box[0], box[1] = min(box[0], other[0]), min(box[1], other[1])
    box[2], box[3] = max(box[2], other[2]), max(box[3], other[3])
