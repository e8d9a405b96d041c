"""Graph segmentation: pixels are joined along the weakest differences first, until what lies between is a boundary.

P. Felzenszwalb, D. Huttenlocher, "Efficient Graph-Based Image Segmentation", IJCV 59(2), 2004. The edges of one image
are sorted once and serve any number of scales k.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numba import njit

#: The four neighbours that come later in reading order, as (down, right): with them every pair of the eight-neighbour
#: grid graph is listed once.
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))

#: Bits of a weight that are sorted by in one pass: three passes go through 32, and 2048 counters stay in a near cache.
DIGIT_BITS = 11


class Edges(NamedTuple):
    """E = O(4 H W) edges between neighbouring pixels, weakest first.

    weights : (E,) float32, the Euclidean distance of the colours. ends : (E,) uint32, 4 times the number of the first
    pixel, counted row by row, plus the direction of the second one, see DIRECTIONS.
    """

    weights: np.ndarray
    ends: np.ndarray


def smooth(image: np.ndarray, sigma_px: float) -> np.ndarray:
    """Smooth uint8 (H, W, C) by a Gaussian, against artefacts of digitizing (section 5): float32 (C, H, W)."""
    planes = np.moveaxis(image, 2, 0).astype(np.float32)
    return np.stack([cv2.GaussianBlur(plane, (0, 0), sigma_px) for plane in planes])


def sorted_edges(planes: np.ndarray) -> Edges:
    """List the edges of an image (C, H, W) float32 of fewer than 2^30 pixels, weakest first."""
    packed = _sorted(_weigh(planes))
    return Edges((packed >> np.uint64(32)).astype(np.uint32).view(np.float32), packed.astype(np.uint32))


def segment(edges: Edges, shape: tuple[int, int], k: float, min_size_px: int) -> np.ndarray:
    """Segment an image: (H, W) int32 labels of the components, from 0 on in the order of their first pixels.

    k : the scale of observation; a larger one prefers larger components. min_size_px : a component of fewer pixels is
    joined to a neighbour.
    """
    return _segment(edges.weights, edges.ends, shape[0], shape[1], np.float32(k), min_size_px)


@njit(cache=True, nogil=True)
def _weigh(planes: np.ndarray) -> np.ndarray:
    """(E,) uint64: a weight's bits, which are in the order of the weights as none is negative, above its edge's end."""
    channels, height, width = planes.shape
    count = (width - 1) * height + width * (height - 1) + 2 * (width - 1) * (height - 1)
    packed = np.empty(count, np.uint64)
    squares = np.empty(width, np.float32)
    n = np.uint64(0)
    for direction in range(4):
        down, right = DIRECTIONS[direction]
        left_out, right_out = max(0, -right), max(0, right)
        for y in range(height - down):
            squares[:] = 0
            for channel in range(channels):
                here, there = planes[channel, y], planes[channel, y + down]
                for x in range(left_out, width - right_out):
                    difference = here[x] - there[x + right]
                    squares[x] += difference * difference
            bits = np.sqrt(squares).view(np.uint32)
            for x in range(left_out, width - right_out):
                packed[n] = np.uint64(bits[x]) << np.uint64(32) | np.uint64(4 * (y * width + x) + direction)
                n += np.uint64(1)
    return packed


@njit(cache=True, nogil=True)
def _sorted(packed: np.ndarray) -> np.ndarray:
    """(E,) uint64 in order of their upper halves: a radix sort, which keeps the order of equals."""
    other = np.empty_like(packed)
    mask = np.uint64((1 << DIGIT_BITS) - 1)
    for shift in range(32, 64, DIGIT_BITS):
        places = np.zeros(1 << DIGIT_BITS, np.int64)
        for edge in packed:
            places[edge >> np.uint64(shift) & mask] += 1
        total = 0
        for digit in range(len(places)):
            total, places[digit] = total + places[digit], total
        for edge in packed:
            digit = edge >> np.uint64(shift) & mask
            other[np.uint64(places[digit])] = edge
            places[digit] += 1
        packed, other = other, packed
    return packed


@njit(cache=True, nogil=True)
def _root(parent: np.ndarray, i: np.uint32) -> np.uint32:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def _join(parent: np.ndarray, size: np.ndarray, a: np.uint32, b: np.uint32) -> np.uint32:
    """Hang the smaller component's root below the larger one's, which is returned."""
    large, small = (a, b) if size[a] >= size[b] else (b, a)
    parent[small] = large
    size[large] += size[small]
    return large


@njit(cache=True, nogil=True)
def _segment(
    weights: np.ndarray, ends: np.ndarray, height: int, width: int, k: np.float32, min_size_px: int
) -> np.ndarray:
    parent = np.arange(height * width).astype(np.uint32)
    size = np.ones(height * width, np.int32)
    # Int(C) + tau(C) of eq. (4), where tau(C) = k / |C| is eq. (5); Int of a single pixel is 0.
    limit = np.full(height * width, k, np.float32)
    steps = np.array([1, width, width + 1, width - 1], np.uint32)
    boundary = np.empty((len(ends), 2), np.uint32)
    left = 0
    for edge in range(len(ends)):
        first = ends[edge] >> np.uint32(2)
        a, b = _root(parent, first), _root(parent, np.uint32(first + steps[ends[edge] & np.uint32(3)]))
        if a == b:
            continue
        if weights[edge] <= min(limit[a], limit[b]):
            # Edges come in by weight, so this one is the largest of the minimum spanning tree: Int(C) is its weight.
            root = _join(parent, size, a, b)
            limit[root] = weights[edge] + k / np.float32(size[root])
        else:
            boundary[left, 0], boundary[left, 1] = a, b
            left += 1
    for edge in range(left):
        a, b = _root(parent, boundary[edge, 0]), _root(parent, boundary[edge, 1])
        if a != b and min(size[a], size[b]) < min_size_px:
            _join(parent, size, a, b)
    return _numbered(parent).reshape(height, width)


@njit(cache=True, nogil=True)
def _numbered(parent: np.ndarray) -> np.ndarray:
    numbers = np.full(len(parent), -1, np.int32)
    labels = np.empty(len(parent), np.int32)
    count = 0
    for i in range(len(parent)):
        root = _root(parent, np.uint32(i))
        if numbers[root] < 0:
            numbers[root] = count
            count += 1
        labels[i] = numbers[root]
    return labels
