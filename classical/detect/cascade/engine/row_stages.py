"""One stage of a cascade for many neighbouring windows at once, in loops that become vector instructions.

All arithmetic is in float32 and in the order of OpenCV's `CascadeClassifier`, so that the windows are the same ones.
"""

import numpy as np
from numba import njit

from .nodes import INNER_LOOP, Nodes


@njit(**INNER_LOOP)
def _values_of_two(
    ii: np.ndarray,
    corner: np.uint64,
    nodes: Nodes,
    node: np.uint64,
    normalisers: np.ndarray,
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
        value += second * np.float32(np.int32(ii[e + x] - ii[f + x] - ii[g + x] + ii[h + x]))
        values[x] = value * normalisers[x]


@njit(**INNER_LOOP)
def _values_of_three(
    ii: np.ndarray,
    corner: np.uint64,
    nodes: Nodes,
    node: np.uint64,
    normalisers: np.ndarray,
    begin: np.uint64,
    end: np.uint64,
    values: np.ndarray,
) -> None:
    """The same of three rectangles: in one loop, values are read and written once."""
    places, weights = nodes.corners, nodes.weights
    a, b = corner + places[node, np.uint64(0)], corner + places[node, np.uint64(1)]
    c, d = corner + places[node, np.uint64(2)], corner + places[node, np.uint64(3)]
    e, f = corner + places[node, np.uint64(4)], corner + places[node, np.uint64(5)]
    g, h = corner + places[node, np.uint64(6)], corner + places[node, np.uint64(7)]
    i, j = corner + places[node, np.uint64(8)], corner + places[node, np.uint64(9)]
    k, m = corner + places[node, np.uint64(10)], corner + places[node, np.uint64(11)]
    first, second, third = weights[node, np.uint64(0)], weights[node, np.uint64(1)], weights[node, np.uint64(2)]
    for x in range(begin, end):
        value = first * np.float32(np.int32(ii[a + x] - ii[b + x] - ii[c + x] + ii[d + x]))
        value += second * np.float32(np.int32(ii[e + x] - ii[f + x] - ii[g + x] + ii[h + x]))
        value += third * np.float32(np.int32(ii[i + x] - ii[j + x] - ii[k + x] + ii[m + x]))
        values[x] = value * normalisers[x]


@njit(**INNER_LOOP)
def _values_of_lbp(
    ii: np.ndarray,
    corner: np.uint64,
    nodes: Nodes,
    node: np.uint64,
    begin: np.uint64,
    end: np.uint64,
    values: np.ndarray,
) -> None:
    """As lbp_value; the grid's 4 x 4 corners, a to q, are looked up once for all windows."""
    places, subsets = nodes.corners, nodes.subsets
    a, b = corner + places[node, np.uint64(0)], corner + places[node, np.uint64(1)]
    c, d = corner + places[node, np.uint64(2)], corner + places[node, np.uint64(3)]
    e, f = corner + places[node, np.uint64(4)], corner + places[node, np.uint64(5)]
    g, h = corner + places[node, np.uint64(6)], corner + places[node, np.uint64(7)]
    i, j = corner + places[node, np.uint64(8)], corner + places[node, np.uint64(9)]
    k, m = corner + places[node, np.uint64(10)], corner + places[node, np.uint64(11)]
    n, o = corner + places[node, np.uint64(12)], corner + places[node, np.uint64(13)]
    p, q = corner + places[node, np.uint64(14)], corner + places[node, np.uint64(15)]
    for x in range(begin, end):
        middle = np.int32(ii[f + x] - ii[g + x] - ii[j + x] + ii[k + x])
        code = np.uint32(128) if np.int32(ii[a + x] - ii[b + x] - ii[e + x] + ii[f + x]) >= middle else np.uint32(0)
        code |= np.uint32(64) if np.int32(ii[b + x] - ii[c + x] - ii[f + x] + ii[g + x]) >= middle else np.uint32(0)
        code |= np.uint32(32) if np.int32(ii[c + x] - ii[d + x] - ii[g + x] + ii[h + x]) >= middle else np.uint32(0)
        code |= np.uint32(16) if np.int32(ii[g + x] - ii[h + x] - ii[k + x] + ii[m + x]) >= middle else np.uint32(0)
        code |= np.uint32(8) if np.int32(ii[k + x] - ii[m + x] - ii[p + x] + ii[q + x]) >= middle else np.uint32(0)
        code |= np.uint32(4) if np.int32(ii[j + x] - ii[k + x] - ii[o + x] + ii[p + x]) >= middle else np.uint32(0)
        code |= np.uint32(2) if np.int32(ii[i + x] - ii[j + x] - ii[n + x] + ii[o + x]) >= middle else np.uint32(0)
        code |= np.uint32(1) if np.int32(ii[e + x] - ii[f + x] - ii[i + x] + ii[j + x]) >= middle else np.uint32(0)
        word = np.uint32(subsets[node, np.uint64(code >> np.uint32(5))])
        values[x] = np.float32(1) - np.float32((word >> (code & np.uint32(31))) & np.uint32(1))


@njit(**INNER_LOOP)
def _values(
    ii: np.ndarray,
    corner: np.uint64,
    nodes: Nodes,
    node: np.uint64,
    normalisers: np.ndarray,
    begin: np.uint64,
    end: np.uint64,
    values: np.ndarray,
) -> None:
    """A node's feature of any kind."""
    if len(nodes.weights) == 0:
        _values_of_lbp(ii, corner, nodes, node, begin, end, values)
    elif nodes.weights[node, np.uint64(2)] != 0:
        _values_of_three(ii, corner, nodes, node, normalisers, begin, end, values)
    else:
        _values_of_two(ii, corner, nodes, node, normalisers, begin, end, values)


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
        for node in range(first, last):
            _values(ii, corner, nodes, node, normalisers, begin, end, values)
            split, number = nodes.splits[node], np.int32(node - first)
            low, high = nodes.outcomes[node, np.uint64(0)], nodes.outcomes[node, np.uint64(1)]
            if last == first + np.uint64(1):
                for x in range(begin, end):
                    totals[x] += low if values[x] < split else high
                continue
            left, right = nodes.children[node, np.uint64(0)], nodes.children[node, np.uint64(1)]
            for x in range(begin, end):
                # At the root are all; who has left the tree is at 0, too, but never comes back to the root.
                if node == first or here[x] == number:
                    totals[x] += low if values[x] < split else high
                    here[x] = left if values[x] < split else right
