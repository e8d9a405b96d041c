"""Hierarchical grouping: the two most similar neighbours are joined, again and again, until one region is left.

J. Uijlings et al., "Selective Search for Object Recognition", IJCV 104(2), 2013, algorithm 1. Every region that ever
existed is a place where an object may be.
"""

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

from .region_features import Regions
from .region_similarity import Measures, merge, similarity


class Hierarchy(NamedTuple):
    """All regions in the order in which they arise: the N segments, then the N - 1 unions, the whole image last.

    boxes : (2 N - 1, 4) int32 x1 y1 x2 y2. levels : (2 N - 1,) int64, 1 at the top, the whole image, and one more in
    each of the two that a union was made of.
    """

    boxes: np.ndarray
    levels: np.ndarray


def group(regions: Regions, histograms: np.ndarray, image_px: int, by_size: bool, by_fill: bool) -> Hierarchy:
    """Group the segments of an image.

    histograms : (N, B) float32, of the similarities that count; see region_similarity.Measures for all settings.
    The segments' neighbourhoods must make one connected graph.
    """
    n = len(regions.sizes)
    measures = Measures(
        _with_room(histograms.astype(np.float32, copy=False)),
        _with_room(regions.sizes),
        _with_room(regions.boxes),
        float(image_px),
        float(by_size),
        float(by_fill),
    )
    parts = _group(measures, regions.pairs, n)
    return Hierarchy(measures.boxes, _levels(parts, n))


def _with_room(rows: np.ndarray) -> np.ndarray:
    """(N, ...) with zeros for N - 1 more rows."""
    return np.concatenate([rows, np.zeros((len(rows) - 1, *rows.shape[1:]), rows.dtype)])


class HalfEdges(NamedTuple):
    """Each region's neighbours as a linked list, so that two lists are joined in one step; -1 ends a list.

    target : (2 P,) int64, half-edge h leads to the region that target[h] has become part of. following : (2 P,) int64,
    the next one of the same list. first, last : (2 N - 1,) int64, the ends of each region's list.
    """

    target: np.ndarray
    following: np.ndarray
    first: np.ndarray
    last: np.ndarray


@njit(cache=True, nogil=True)
def _group(measures: Measures, pairs: np.ndarray, n: int) -> np.ndarray:
    """Fill in the measures of the regions from n on; returns (N - 1, 2) int64, the two parts of each.

    Of the heap's entries those that name a region that has been joined are passed over when they come up, instead of
    being looked for.
    """
    parts = np.empty((n - 1, 2), np.int64)
    joined_to = np.arange(2 * n - 1)
    edges = _half_edges(pairs, 2 * n - 1)
    seen = np.full(2 * n - 1, -1)
    heap = [(-similarity(measures, int(i), int(j)), int(i), int(j)) for i, j in pairs]
    heapq.heapify(heap)
    new = n
    while new < 2 * n - 1:
        _, i, j = heapq.heappop(heap)
        if joined_to[i] != i or joined_to[j] != j:
            continue
        merge(measures, i, j, new)
        parts[new - n] = i, j
        joined_to[i] = joined_to[j] = new
        _join_lists(edges, i, j, new)
        for neighbour in _neighbours(edges, joined_to, new, seen):
            heapq.heappush(heap, (-similarity(measures, neighbour, new), neighbour, new))
        new += 1
    return parts


@njit(cache=True, nogil=True)
def _join_lists(edges: HalfEdges, i: int, j: int, new: int) -> None:
    # Not in the body of _group: numba would take these lines, next to a list comprehension, for dead code.
    edges.following[edges.last[i]] = edges.first[j]
    edges.first[new] = edges.first[i]


@njit(cache=True, nogil=True)
def _neighbours(edges: HalfEdges, joined_to: np.ndarray, region: int, seen: np.ndarray) -> list[int]:
    """The neighbours of a new region, each once; what leads inside, or anywhere a second time, leaves its list.

    seen : (2 N - 1,) int64, the last new region that each one was found to be a neighbour of.
    """
    found = []
    before = -1
    h = edges.first[region]
    while h >= 0:
        neighbour = _now(joined_to, edges.target[h])
        if neighbour != region and seen[neighbour] != region:
            seen[neighbour] = region
            found.append(neighbour)
            before = h
        elif before < 0:
            edges.first[region] = edges.following[h]
        else:
            edges.following[before] = edges.following[h]
        h = edges.following[h]
    edges.last[region] = before
    return found


@njit(cache=True, nogil=True)
def _levels(parts: np.ndarray, n: int) -> np.ndarray:
    levels = np.ones(2 * n - 1, np.int64)
    for union in range(len(parts) - 1, -1, -1):
        levels[parts[union, 0]] = levels[parts[union, 1]] = levels[n + union] + 1
    return levels


@njit(cache=True, nogil=True)
def _half_edges(pairs: np.ndarray, regions: int) -> HalfEdges:
    """Half-edge 2 p leads from pairs[p, 0] to pairs[p, 1], half-edge 2 p + 1 back."""
    following = np.full(2 * len(pairs), -1)
    first, last = np.full(regions, -1), np.full(regions, -1)
    for h in range(2 * len(pairs)):
        region = pairs[h // 2, h % 2]
        if first[region] < 0:
            first[region] = h
        else:
            following[last[region]] = h
        last[region] = h
    return HalfEdges(pairs[:, ::-1].copy().ravel(), following, first, last)


@njit(cache=True, nogil=True)
def _now(joined_to: np.ndarray, region: int) -> int:
    """The region that exists now and that this one is part of."""
    while joined_to[region] != region:
        joined_to[region] = joined_to[joined_to[region]]
        region = joined_to[region]
    return region
