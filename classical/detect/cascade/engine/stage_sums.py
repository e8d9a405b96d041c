"""A stage's sums: for many neighbouring windows at once, in vector instructions, and for one window alone.

Most windows fall in the first stages, which are evaluated for whole rows; the few that are left go on one by one. All
arithmetic is in float32 and in the order of OpenCV's `CascadeClassifier`, so that the windows are the same ones.
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
    """Evaluate a Haar feature of two rectangles in the windows begin to end of a row that begins at ``corner``."""
    corners, weights = nodes.corners, nodes.weights
    a, b = corner + corners[node, np.uint64(0)], corner + corners[node, np.uint64(1)]
    c, d = corner + corners[node, np.uint64(2)], corner + corners[node, np.uint64(3)]
    e, f = corner + corners[node, np.uint64(4)], corner + corners[node, np.uint64(5)]
    g, h = corner + corners[node, np.uint64(6)], corner + corners[node, np.uint64(7)]
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
    """Evaluate a Haar feature of three rectangles: in one loop, values are read and written once."""
    corners, weights = nodes.corners, nodes.weights
    a, b = corner + corners[node, np.uint64(0)], corner + corners[node, np.uint64(1)]
    c, d = corner + corners[node, np.uint64(2)], corner + corners[node, np.uint64(3)]
    e, f = corner + corners[node, np.uint64(4)], corner + corners[node, np.uint64(5)]
    g, h = corner + corners[node, np.uint64(6)], corner + corners[node, np.uint64(7)]
    i, j = corner + corners[node, np.uint64(8)], corner + corners[node, np.uint64(9)]
    k, m = corner + corners[node, np.uint64(10)], corner + corners[node, np.uint64(11)]
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
    """Evaluate an LBP feature as _lbp_value does; the grid's 4 x 4 corners, a to q, are read once for all windows."""
    corners, subsets = nodes.corners, nodes.subsets
    a, b = corner + corners[node, np.uint64(0)], corner + corners[node, np.uint64(1)]
    c, d = corner + corners[node, np.uint64(2)], corner + corners[node, np.uint64(3)]
    e, f = corner + corners[node, np.uint64(4)], corner + corners[node, np.uint64(5)]
    g, h = corner + corners[node, np.uint64(6)], corner + corners[node, np.uint64(7)]
    i, j = corner + corners[node, np.uint64(8)], corner + corners[node, np.uint64(9)]
    k, m = corner + corners[node, np.uint64(10)], corner + corners[node, np.uint64(11)]
    n, o = corner + corners[node, np.uint64(12)], corner + corners[node, np.uint64(13)]
    p, q = corner + corners[node, np.uint64(14)], corner + corners[node, np.uint64(15)]
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
    """Evaluate a node's feature of any kind."""
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
    """Sum a stage's trees into ``totals`` for the windows ``begin`` to ``end`` of a row that begins at ``corner``.

    ii : flat. totals : (columns,) float64. values : (columns,) float32 and here : (columns,) int32, the node that each
    window has come to in a tree, are scratch memory.
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


@njit(**INNER_LOOP)
def _part(ii: np.ndarray, corner: np.uint64, nodes: Nodes, node: np.uint64, part: np.uint64) -> np.float32:
    """Weigh a rectangle's sum in a Haar feature of the window whose upper left corner is at ``corner``."""
    corners, first = nodes.corners, np.uint64(4) * part
    low = ii[corner + corners[node, first]] - ii[corner + corners[node, first + np.uint64(1)]]
    high = ii[corner + corners[node, first + np.uint64(3)]] - ii[corner + corners[node, first + np.uint64(2)]]
    return nodes.weights[node, part] * np.float32(np.int32(low + high))


@njit(**INNER_LOOP)
def _haar_value(ii: np.ndarray, corner: np.uint64, nodes: Nodes, node: np.uint64) -> np.float32:
    value = _part(ii, corner, nodes, node, np.uint64(0)) + _part(ii, corner, nodes, node, np.uint64(1))
    if nodes.weights[node, np.uint64(2)] != 0:
        value += _part(ii, corner, nodes, node, np.uint64(2))
    return value


@njit(**INNER_LOOP)
def _cell(ii: np.ndarray, corner: np.uint64, nodes: Nodes, node: np.uint64, first: np.uint64) -> np.int32:
    """Sum over the cell whose upper left corner is number ``first`` of the grid's 4 x 4."""
    corners = nodes.corners
    above = ii[corner + corners[node, first]] - ii[corner + corners[node, first + np.uint64(1)]]
    below = ii[corner + corners[node, first + np.uint64(5)]] - ii[corner + corners[node, first + np.uint64(4)]]
    return np.int32(above + below)


@njit(**INNER_LOOP)
def _lbp_value(ii: np.ndarray, corner: np.uint64, nodes: Nodes, node: np.uint64) -> np.float32:
    """Return 0 for a code in the node's subset, else 1; see LbpFeatures for the code."""
    middle = _cell(ii, corner, nodes, node, np.uint64(5))
    code = np.uint32(_cell(ii, corner, nodes, node, np.uint64(0)) >= middle) << np.uint32(7)
    code |= np.uint32(_cell(ii, corner, nodes, node, np.uint64(1)) >= middle) << np.uint32(6)
    code |= np.uint32(_cell(ii, corner, nodes, node, np.uint64(2)) >= middle) << np.uint32(5)
    code |= np.uint32(_cell(ii, corner, nodes, node, np.uint64(6)) >= middle) << np.uint32(4)
    code |= np.uint32(_cell(ii, corner, nodes, node, np.uint64(10)) >= middle) << np.uint32(3)
    code |= np.uint32(_cell(ii, corner, nodes, node, np.uint64(9)) >= middle) << np.uint32(2)
    code |= np.uint32(_cell(ii, corner, nodes, node, np.uint64(8)) >= middle) << np.uint32(1)
    code |= np.uint32(_cell(ii, corner, nodes, node, np.uint64(4)) >= middle)
    word = np.uint32(nodes.subsets[node, np.uint64(code >> np.uint32(5))])
    return np.float32(0) if (word >> (code & np.uint32(31))) & np.uint32(1) else np.float32(1)


@njit(**INNER_LOOP)
def _stage_of_window(
    ii: np.ndarray,
    corner: np.uint64,
    first_tree: np.ndarray,
    first_node: np.ndarray,
    nodes: Nodes,
    stage: np.uint64,
    normaliser: np.float32,
) -> float:
    """Sum a stage's trees for one window."""
    total = 0.0
    haar = len(nodes.weights) > 0
    for tree in range(np.uint64(first_tree[stage]), np.uint64(first_tree[stage + np.uint64(1)])):
        first = np.uint64(first_node[tree])
        node, child = first, np.int32(1)
        while child > 0:
            value = _haar_value(ii, corner, nodes, node) if haar else _lbp_value(ii, corner, nodes, node)
            side = np.uint64(0) if value * normaliser < nodes.splits[node] else np.uint64(1)
            total += nodes.outcomes[node, side]
            child = nodes.children[node, side]
            node = first + np.uint64(child)
    return total


@njit(**INNER_LOOP)
def stages_of_window(
    ii: np.ndarray,
    corner: np.uint64,
    thresholds: np.ndarray,
    first_tree: np.ndarray,
    first_node: np.ndarray,
    nodes: Nodes,
    first_stage: np.uint64,
    normaliser: np.float32,
    total: float,
) -> float:
    """Return a window's sum in the last stage, -inf where a stage from ``first_stage`` on rejects it.

    ii : flat; corner : the index of the window's upper left corner in it. total : the sum of the stage before.
    """
    for stage in range(first_stage, np.uint64(len(thresholds))):
        total = _stage_of_window(ii, corner, first_tree, first_node, nodes, stage, normaliser)
        if total < thresholds[stage]:
            return -np.inf
    return total
