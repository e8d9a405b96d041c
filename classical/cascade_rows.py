"""One stage of a cascade for many neighbouring windows at once, in loops that become vector instructions.

All arithmetic is in float32 and in the order of OpenCV's `CascadeClassifier`, so that the windows are the same ones.
"""

import numpy as np
from numba import njit

from .cascade_nodes import INNER_LOOP, Nodes
from .cascade_windows import lbp_value


@njit(**INNER_LOOP)
def _values_of_two(
    ii: np.ndarray,
    corner: np.uint64,
    nodes: Nodes,
    node: np.uint64,
    begin: np.uint64,
    end: np.uint64,
    values: np.ndarray,
) -> None:
    """Of the windows begin to end of a row that begins at ``corner``: a Haar feature of two rectangles."""
    places, weights = nodes.corners, nodes.weights
    a, b = corner + places[node, np.uint64(0)], corner + places[node, np.uint64(1)]
    c, d = corner + places[node, np.uint64(2)], corner + places[node, np.uint64(3)]
    e, f = corner + places[node, np.uint64(4)], corner + places[node, np.uint64(5)]
    g, h = corner + places[node, np.uint64(6)], corner + places[node, np.uint64(7)]
    first, second = weights[node, np.uint64(0)], weights[node, np.uint64(1)]
    for x in range(begin, end):
        value = first * np.float32(np.int32(ii[a + x] - ii[b + x] - ii[c + x] + ii[d + x]))
        values[x] = value + second * np.float32(np.int32(ii[e + x] - ii[f + x] - ii[g + x] + ii[h + x]))


@njit(**INNER_LOOP)
def _add_third(
    ii: np.ndarray,
    corner: np.uint64,
    nodes: Nodes,
    node: np.uint64,
    begin: np.uint64,
    end: np.uint64,
    values: np.ndarray,
) -> None:
    """A third rectangle's share."""
    places = nodes.corners
    i, j = corner + places[node, np.uint64(8)], corner + places[node, np.uint64(9)]
    k, l = corner + places[node, np.uint64(10)], corner + places[node, np.uint64(11)]  # noqa: E741
    third = nodes.weights[node, np.uint64(2)]
    for x in range(begin, end):
        values[x] += third * np.float32(np.int32(ii[i + x] - ii[j + x] - ii[k + x] + ii[l + x]))


@njit(**INNER_LOOP)
def _values(
    ii: np.ndarray,
    corner: np.uint64,
    nodes: Nodes,
    node: np.uint64,
    begin: np.uint64,
    end: np.uint64,
    values: np.ndarray,
) -> None:
    """A node's feature of any kind, before it is normalised."""
    if len(nodes.weights) > 0:
        _values_of_two(ii, corner, nodes, node, begin, end, values)
        if nodes.weights[node, np.uint64(2)] != 0:
            _add_third(ii, corner, nodes, node, begin, end, values)
    else:
        for x in range(begin, end):
            values[x] = lbp_value(ii, corner + x, nodes, node)


@njit(**INNER_LOOP)
def stage_of_row(
    ii: np.ndarray,
    corner: np.uint64,
    first_tree: np.ndarray,
    first_node: np.ndarray,
    nodes: Nodes,
    stage: np.uint64,
    normalisers: np.ndarray,
    begin: np.uint64,
    end: np.uint64,
    totals: np.ndarray,
    values: np.ndarray,
    here: np.ndarray,
) -> None:
    """The stage's sums of the windows ``begin`` to ``end`` of a row that begins at ``corner``, into totals.

    ii : flat. totals : (columns,) float64. values : (columns,) float32 and here : (columns,) int32, the node that each
    window has come to in a tree, are work space.
    """
    for x in range(begin, end):
        totals[x] = 0
    for tree in range(np.uint64(first_tree[stage]), np.uint64(first_tree[stage + np.uint64(1)])):
        first, last = np.uint64(first_node[tree]), np.uint64(first_node[tree + np.uint64(1)])
        if last > first + np.uint64(1):
            for x in range(begin, end):
                here[x] = 0
        for node in range(first, last):
            _values(ii, corner, nodes, node, begin, end, values)
            split, number = nodes.splits[node], np.int32(node - first)
            low, high = nodes.outcomes[node, np.uint64(0)], nodes.outcomes[node, np.uint64(1)]
            if last == first + np.uint64(1):
                for x in range(begin, end):
                    totals[x] += low if values[x] * normalisers[x] < split else high
            else:
                left, right = nodes.children[node, np.uint64(0)], nodes.children[node, np.uint64(1)]
                for x in range(begin, end):
                    goes_left = values[x] * normalisers[x] < split
                    # Who has left the tree is at 0, too, but the root comes first.
                    if here[x] == number:
                        totals[x] += low if goes_left else high
                        here[x] = left if goes_left else right
