"""Randomized Prim: superpixels grow into random trees along likely edges; each tree is a box (Manén et al., ICCV 2013).

S. Manén, M. Guillaumin, L. Van Gool, "Prime Object Proposals with Randomized Prim's Algorithm", ICCV 2013.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numba
import numpy as np
from numba import njit

from eigen2arc.classical.detect.regions.color_spaces import COLOR_SPACES, lab
from eigen2arc.classical.detect.regions.felzenszwalb import segment, smooth, sorted_edges
from eigen2arc.classical.detect.regions.near_duplicates import drop_near_duplicates
from eigen2arc.classical.detect.regions.region_features import Regions, color_histograms, regions_of
from eigen2arc.classical.detect.regions.region_similarity import intersection
from eigen2arc.core.bounds import Ge, Gt, Le, Lt, Seed
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError

#: Four segmentations, as in section 5 of the paper; each gives the same number of trees.
SEGMENTATIONS = ("Lab", "Opponent", "rg", "HSV")

SIGMA_PX, K, MIN_SIZE_PX = 0.8, 100, 100

#: The logistic model of the probability that two neighbouring superpixels show one object: what the authors' program
#: learned from PASCAL VOC 2007 for a constant, the likeness of colour, the common border and the size.
BIAS, W_COLOR, W_BORDER, W_SIZE = -3.0017, 2.6864, 1.0029, 2.3655

#: An image of more pixels is refused before memory is taken: its edges would fill more than a gigabyte a colour space.
MAX_PIXELS = 2**24


@dataclass(frozen=True)
class RandomizedPrim:
    """Boxes of random partial spanning trees.

    trees : how many are drawn; fewer boxes come out, as many are alike. least_area : below this share of the image no
    tree is stopped for its size. max_iou : a box this close to one that was drawn before is dropped. seed : of all
    draws.
    """

    trees: Annotated[int, Ge(1), Le(1_000_000)] = 10_000
    least_area: Annotated[float, Gt(0), Lt(1)] = 0.001
    max_iou: Annotated[float, Gt(0), Le(1)] = 0.9
    seed: Seed = 0

    def propose(self, image: np.ndarray) -> np.ndarray:
        """Propose boxes (N, 4) float32 x1 y1 x2 y2 in a uint8 RGB image, each once, in the order of being drawn.

        Likely boxes are drawn sooner. Runs in as many threads as numba may use. Raises UserError for more than
        MAX_PIXELS.
        """
        height_px, width_px = check_image(image)
        if height_px * width_px > MAX_PIXELS:
            raise UserError(
                f"randomized_prim: {width_px} x {height_px} pixels are more than {MAX_PIXELS:,}: scale the image down"
            )
        image = np.ascontiguousarray(image)
        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            drawn = list(pool.map(lambda number: self._draw(image, number), range(len(SEGMENTATIONS))))
        boxes = np.stack(drawn, axis=1).reshape(-1, 4)  # the segmentations take turns
        return drop_near_duplicates(boxes, self.max_iou).astype(np.float32)

    def _draw(self, rgb: np.ndarray, number: int) -> np.ndarray:
        """The boxes of one segmentation's trees, (trees / 4, 4) int32."""
        edges = sorted_edges(smooth(COLOR_SPACES[SEGMENTATIONS[number]](rgb), SIGMA_PX))
        labels = segment(edges, rgb.shape[:2], K, MIN_SIZE_PX)
        regions = regions_of(labels)
        graph = Graph.of(regions.pairs, same_object(rgb, labels, regions), regions.sizes / labels.size, regions.boxes)
        rng = np.random.default_rng((self.seed, number))
        return grow(graph, -(-self.trees // len(SEGMENTATIONS)), self.least_area, rng)


def same_object(rgb: np.ndarray, labels: np.ndarray, regions: Regions) -> np.ndarray:
    """Compute the probability rho (P,) float64 that the two regions of each pair belong to one object, section 4.1.

    A logistic model of three features in 0..1: the intersection of Lab histograms, the common border as the larger of
    its shares in the two perimeters, and how little of the image the two cover together.
    """
    histograms = color_histograms(lab(rgb), labels, len(regions.sizes))
    first, second = regions.pairs.T
    colour = np.array([intersection(histograms[i], histograms[j]) for i, j in regions.pairs])
    perimeters = np.bincount(regions.pairs.ravel(), np.repeat(regions.borders, 2), len(regions.sizes))
    border = regions.borders / np.minimum(perimeters[first], perimeters[second])
    size = 1 - (regions.sizes[first] + regions.sizes[second]) / labels.size
    return 1 / (1 + np.exp(-(BIAS + W_COLOR * colour + W_BORDER * border + W_SIZE * size)))


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
        """Build the graph from pairs (P, 2) of neighbours and the probability (P,) of each."""
        starts = np.concatenate([pairs[:, 0], pairs[:, 1]]).astype(np.int64)
        order = np.argsort(starts, kind="stable")
        ends = np.concatenate([pairs[:, 1], pairs[:, 0]]).astype(np.int64)[order]
        first = np.searchsorted(starts[order], np.arange(len(areas) + 1))
        return cls(first, ends, np.concatenate([rho, rho])[order], areas.astype(np.float64), boxes)


@njit(cache=True, nogil=True)
def large_enough(area: float, least_area: float) -> float:
    """Compute the size term alpha of section 4.2: the share of objects that are no larger than a tree's area.

    The paper counts the objects of its training set. Here objects are as likely to be of any size, on a logarithmic
    scale, from least_area (a share of the image) to the whole image: a prior that knows nothing of a data set.
    """
    return min(max(1 - np.log(area) / np.log(least_area), 0.0), 1.0)


@njit(cache=True, nogil=True)
def grow(graph: Graph, trees: int, least_area: float, rng: np.random.Generator) -> np.ndarray:
    """Grow trees from superpixels drawn uniformly: (trees, 4) int32 boxes around them.

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
    """The index of an edge in the border, drawn in proportion to rho."""
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


build = RandomizedPrim
