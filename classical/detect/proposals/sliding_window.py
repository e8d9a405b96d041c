"""Sliding window: every position, in several sizes and shapes, in an even order: the yardstick of other proposals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Ge, Gt, Le, Length, Seed, SidePx
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError

#: More windows than this are refused before memory is taken: as boxes they fill 64 MB.
MAX_WINDOWS = 4_000_000


@dataclass(frozen=True)
class SlidingWindow:
    """Windows at every step, in several sizes and shapes.

    Nothing says which window is best, so they come in a random order: the first N are an even sample, for every N.

    min_size_px : the least window has the area of a square with this side. scale_factor : from one size to the
    next. aspects : width over height. stride : from one window to the next, as a share of its width and height. seed :
    of the order.
    """

    min_size_px: SidePx = 20
    scale_factor: Annotated[float, Ge(1.01)] = 1.4
    aspects: Annotated[Sequence[Annotated[float, Ge(0.1), Le(10)]], Length(1)] = (0.75, 1.0)
    stride: Annotated[float, Gt(0), Le(1)] = 0.25
    seed: Seed = 0

    def propose(self, image: np.ndarray) -> np.ndarray:
        """Propose boxes (N, 4) float32 x1 y1 x2 y2 in a uint8 RGB image; none if it is smaller than the least window.

        Raises UserError for more than MAX_WINDOWS.
        """
        height_px, width_px = check_image(image)
        grids = [
            (width, height, _starts(width_px, width, self.stride), _starts(height_px, height, self.stride))
            for width, height in self._sizes(width_px, height_px)
        ]
        count = sum(len(x) * len(y) for _, _, x, y in grids)
        if count > MAX_WINDOWS:
            raise UserError(
                f"sliding_window: {count:,} windows in an image of {width_px} x {height_px} are more than "
                f"{MAX_WINDOWS:,}: raise min_size_px, scale_factor or stride"
            )
        boxes = np.concatenate([np.zeros((0, 4), np.float32), *(_windows(*grid) for grid in grids)])
        return boxes[np.random.default_rng(self.seed).permutation(len(boxes))]

    def _sizes(self, width_px: int, height_px: int) -> list[tuple[int, int]]:
        """Widths and heights of the windows that fit into the image, each once."""
        sizes = set()
        side = float(self.min_size_px)
        while side <= max(width_px, height_px):
            for aspect in self.aspects:
                # A window keeps the area side^2 whatever its aspect = width / height.
                width, height = round(side * aspect**0.5), round(side / aspect**0.5)
                if 1 <= width <= width_px and 1 <= height <= height_px:
                    sizes.add((width, height))
            side *= self.scale_factor
        return sorted(sizes)


def _starts(length_px: int, window_px: int, stride: float) -> np.ndarray:
    """Where windows begin along one side of the image: a step apart, and one more that ends at the image's border."""
    last = length_px - window_px
    return np.append(np.arange(0, last, max(1, round(stride * window_px))), last)


def _windows(width: int, height: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N, 4) float32: windows of one size at all starts."""
    left, top = (starts.ravel().astype(np.float32) for starts in np.meshgrid(x, y))
    return np.stack([left, top, left + width, top + height], axis=1)


build = SlidingWindow
