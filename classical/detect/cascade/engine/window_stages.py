"""The stages of a cascade for one window, until one rejects it: for the few windows that the first stages leave."""

import numpy as np
from numba import njit

from .nodes import INNER_LOOP, Nodes


@njit(**INNER_LOOP)
def _part(ii: np.ndarray, corner: np.uint64, nodes: Nodes, node: np.uint64, part: np.uint64) -> np.float32:
    """A rectangle's share in a Haar feature of the window whose upper left corner is at ``corner``."""
    places, first = nodes.corners, np.uint64(4) * part
    low = ii[corner + places[node, first]] - ii[corner + places[node, first + np.uint64(1)]]
    high = ii[corner + places[node, first + np.uint64(3)]] - ii[corner + places[node, first + np.uint64(2)]]
    return nodes.weights[node, part] * np.float32(np.int32(low + high))


@njit(**INNER_LOOP)
def _haar_value(ii: np.ndarray, corner: np.uint64, nodes: Nodes, node: np.uint64) -> np.float32:
    value = _part(ii, corner, nodes, node, np.uint64(0)) + _part(ii, corner, nodes, node, np.uint64(1))
    if nodes.weights[node, np.uint64(2)] != 0:
        value += _part(ii, corner, nodes, node, np.uint64(2))
    return value


@njit(**INNER_LOOP)
def _cell(ii: np.ndarray, corner: np.uint64, nodes: Nodes, node: np.uint64, first: np.uint64) -> np.int32:
    """The sum over the cell whose upper left corner is number ``first`` of the grid's 4 x 4."""
    places = nodes.corners
    above = ii[corner + places[node, first]] - ii[corner + places[node, first + np.uint64(1)]]
    below = ii[corner + places[node, first + np.uint64(5)]] - ii[corner + places[node, first + np.uint64(4)]]
    return np.int32(above + below)


@njit(**INNER_LOOP)
def lbp_value(ii: np.ndarray, corner: np.uint64, nodes: Nodes, node: np.uint64) -> np.float32:
    """0 for a code in the node's subset, else 1; see LbpFeatures for the code."""
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
    """One stage's sum."""
    total = 0.0
    haar = len(nodes.weights) > 0
    for tree in range(np.uint64(first_tree[stage]), np.uint64(first_tree[stage + np.uint64(1)])):
        first = np.uint64(first_node[tree])
        node, child = first, np.int32(1)
        while child > 0:
            value = _haar_value(ii, corner, nodes, node) if haar else lbp_value(ii, corner, nodes, node)
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
    """The last stage's sum, -inf for a window that one from ``first_stage`` on rejects.

    ii : flat; corner : the place of the window's upper left corner in it. total : the sum of the stage before.
    """
    for stage in range(first_stage, np.uint64(len(thresholds))):
        total = _stage_of_window(ii, corner, first_tree, first_node, nodes, stage, normaliser)
        if total < thresholds[stage]:
            return -np.inf
    return total
