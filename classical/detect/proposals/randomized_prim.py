"""Randomized Prim: superpixels grow into random trees along likely edges; each tree is a box (Manén et al., ICCV 2013).

S. Manén, M. Guillaumin, L. Van Gool, "Prime Object Proposals with Randomized Prim's Algorithm", ICCV 2013.
"""

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from eigen2arc.classical.detect.regions.colour_spaces import COLOUR_SPACES, lab
from eigen2arc.classical.detect.regions.felzenszwalb import segment, smooth, sorted_edges
from eigen2arc.classical.detect.regions.near_duplicates import drop_near_duplicates
from eigen2arc.classical.detect.regions.random_trees import Graph, grow
from eigen2arc.classical.detect.regions.region_features import Regions, colour_histograms, regions_of
from eigen2arc.classical.detect.regions.region_similarity import intersection
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError

#: Four segmentations, as in section 5 of the paper; each gives the same number of trees.
SEGMENTATIONS = ("Lab", "Opponent", "rg", "HSV")

SIGMA_PX, K, MIN_SIZE_PX = 0.8, 100, 100

#: The logistic model of the probability that two neighbouring superpixels show one object: what the authors' program
#: learned from PASCAL VOC 2007 for a constant, the likeness of colour, the common border and the size.
BIAS, W_COLOUR, W_BORDER, W_SIZE = -3.0017, 2.6864, 1.0029, 2.3655

#: An image of more pixels is refused before memory is taken: its edges would fill more than a gigabyte a colour space.
MAX_PIXELS = 2**24


class RandomizedPrim:
    """Boxes of random partial spanning trees, see build()."""

    def __init__(self, trees: int, least_area: float, max_iou: float, seed: int) -> None:
        self.trees = trees
        self.least_area = least_area
        self.max_iou = max_iou
        self.seed = seed

    def propose(self, image: np.ndarray) -> np.ndarray:
        """(N, 4) float32 boxes x1 y1 x2 y2 in a uint8 RGB image, each once, in the order in which they were drawn.

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
        edges = sorted_edges(smooth(COLOUR_SPACES[SEGMENTATIONS[number]](rgb), SIGMA_PX))
        labels = segment(edges, rgb.shape[:2], K, MIN_SIZE_PX)
        regions = regions_of(labels)
        graph = Graph.of(regions.pairs, same_object(rgb, labels, regions), regions.sizes / labels.size, regions.boxes)
        rng = np.random.default_rng((self.seed, number))
        return grow(graph, -(-self.trees // len(SEGMENTATIONS)), self.least_area, rng)


def same_object(rgb: np.ndarray, labels: np.ndarray, regions: Regions) -> np.ndarray:
    """(P,) float64: the probability rho that the two regions of each pair belong to one object, section 4.1.

    A logistic model of three features in 0..1: the intersection of Lab histograms, the common border as the larger
    of its shares in the two perimeters, and how little of the image the two cover together.
    """
    histograms = colour_histograms(lab(rgb), labels, len(regions.sizes))
    first, second = regions.pairs.T
    colour = np.array([intersection(histograms[i], histograms[j]) for i, j in regions.pairs])
    perimeters = np.bincount(regions.pairs.ravel(), np.repeat(regions.borders, 2), len(regions.sizes))
    border = regions.borders / np.minimum(perimeters[first], perimeters[second])
    size = 1 - (regions.sizes[first] + regions.sizes[second]) / labels.size
    return 1 / (1 + np.exp(-(BIAS + W_COLOUR * colour + W_BORDER * border + W_SIZE * size)))


def build(*, trees: int = 10_000, least_area: float = 0.001, max_iou: float = 0.9, seed: int = 0) -> RandomizedPrim:
    """trees : how many are drawn; fewer boxes come out, as many are alike.

    least_area : below this share of the image no tree is stopped for its size. max_iou : a box this close to one that
    was drawn before is dropped. seed : of all draws. Raises UserError.
    """
    if not 1 <= trees <= 1_000_000 or not 0 < least_area < 1 or not 0 < max_iou <= 1:
        raise UserError(
            "randomized_prim: expected trees from 1 to 1,000,000, least_area between 0 and 1 and max_iou above 0 and "
            f"up to 1, got {trees}, {least_area} and {max_iou}"
        )
    return RandomizedPrim(trees, least_area, max_iou, seed)
