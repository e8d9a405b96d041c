"""Selective search: segments joined by likeness in several ways; each region is a box (Uijlings et al., IJCV 2013).

J. Uijlings, K. van de Sande, T. Gevers, A. Smeulders, "Selective Search for Object Recognition", IJCV 104(2), 2013:
the similarities in section 3.2, the strategies in table 5, the order of the boxes in section 4.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, product
from typing import Annotated, Literal, NamedTuple

import numba
import numpy as np

from eigen2arc.classical.detect.regions.color_spaces import COLOR_SPACES
from eigen2arc.classical.detect.regions.felzenszwalb import Edges, segment, smooth, sorted_edges
from eigen2arc.classical.detect.regions.hierarchical_grouping import Hierarchy, group
from eigen2arc.classical.detect.regions.near_duplicates import drop_near_duplicates
from eigen2arc.classical.detect.regions.region_features import (
    color_histograms,
    regions_of,
    texture_bins,
    texture_histograms,
)
from eigen2arc.core.bounds import Count, Ge, Gt, Le, Seed
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError

#: An image of more pixels is refused before memory is taken: its edges would fill more than a gigabyte a colour space.
MAX_PIXELS = 2**24


@dataclass(frozen=True)
class Strategies:
    """Every colour space with every scale k with every set of similarities.

    similarities : of C colour, T texture, S size, F fill, the ones that are summed up in eq. (6).
    """

    color_spaces: tuple[str, ...]
    scales: tuple[int, ...]
    similarities: tuple[str, ...]


#: Table 5 of the paper: 8 and 80 strategies.
MODES = {
    "fast": Strategies(("HSV", "Lab"), (50, 100), ("CTSF", "TSF")),
    "quality": Strategies(("HSV", "Lab", "rgI", "H", "I"), (50, 100, 150, 300), ("CTSF", "TSF", "F", "S")),
}


class Prepared(NamedTuple):
    """An image in one colour space, as all scales need it."""

    image: np.ndarray
    edges: Edges
    texture: np.ndarray


@dataclass(frozen=True)
class SelectiveSearch:
    """All regions of many hierarchical groupings.

    mode : of 8 or of 80 strategies. sigma_px : of the Gaussian before segmentation. min_size_px : pixels of the least
    segment. min_side_px : boxes that are narrower or lower are dropped; the authors' program has 20. max_iou : a box
    this close to a better one is dropped; 1 drops what is equal, as in the paper. seed : of the order.
    """

    mode: Literal["fast", "quality"] = "fast"
    sigma_px: Annotated[float, Ge(0.1), Le(10)] = 0.8
    min_size_px: Count = 100
    min_side_px: Count = 15
    max_iou: Annotated[float, Gt(0), Le(1)] = 0.9
    seed: Seed = 0

    def propose(self, image: np.ndarray) -> np.ndarray:
        """Propose boxes (N, 4) float32 x1 y1 x2 y2 in a uint8 RGB image, likely ones first, each once.

        Runs in as many threads as numba may use. Raises UserError for more than MAX_PIXELS.
        """
        height_px, width_px = check_image(image)
        if height_px * width_px > MAX_PIXELS:
            raise UserError(
                f"selective_search: {width_px} x {height_px} pixels are more than {MAX_PIXELS:,}: scale the image down"
            )
        image = np.ascontiguousarray(image)
        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            spaces = pool.map(lambda name: self._prepare(image, name), MODES[self.mode].color_spaces)
            jobs = list(product(spaces, MODES[self.mode].scales))
            hierarchies = list(chain.from_iterable(pool.map(lambda job: self._hierarchies(*job), jobs)))
        boxes = ranked(hierarchies, self.seed)
        boxes = boxes[(boxes[:, 2:] - boxes[:, :2] >= self.min_side_px).all(axis=1)]
        return drop_near_duplicates(boxes, self.max_iou).astype(np.float32)

    def _prepare(self, rgb: np.ndarray, color_space: str) -> Prepared:
        image = COLOR_SPACES[color_space](rgb)
        return Prepared(image, sorted_edges(smooth(image, self.sigma_px)), texture_bins(image))

    def _hierarchies(self, prepared: Prepared, k: int) -> list[Hierarchy]:
        """One segmentation, grouped by each set of similarities."""
        shape = prepared.image.shape[:2]
        labels = segment(prepared.edges, shape, k, self.min_size_px)
        regions = regions_of(labels)
        n = len(regions.sizes)
        kinds = {
            "C": color_histograms(prepared.image, labels, n),
            "T": texture_histograms(prepared.texture, labels, n),
        }
        hierarchies = []
        for names in MODES[self.mode].similarities:
            histograms = [kinds[name] for name in "CT" if name in names]
            side_by_side = np.concatenate([np.zeros((n, 0), np.float32), *histograms], axis=1)
            hierarchies.append(group(regions, side_by_side, shape[0] * shape[1], "S" in names, "F" in names))
        return hierarchies


def ranked(hierarchies: Sequence[Hierarchy], seed: int) -> np.ndarray:
    """Rank the boxes of all hierarchies together by section 4: (R, 4) int32.

    A region at position i of its hierarchy, where i = 1 is the top, has the value v_i = RND * i with RND uniform in
    0..1; the smallest come first. So large regions are preferred, but not strictly, or combinations of many strategies
    would begin with nothing else. The position is taken to be the level: counted by the order in which the regions
    arose, the order puts back small faces.
    """
    rng = np.random.default_rng(seed)
    levels = np.concatenate([hierarchy.levels for hierarchy in hierarchies])
    boxes = np.concatenate([hierarchy.boxes for hierarchy in hierarchies])
    return boxes[np.argsort(rng.random(len(levels)) * levels, kind="stable")]


build = SelectiveSearch
