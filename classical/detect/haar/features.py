"""Haar features: the shapes, and every position and size of each in a window.

A feature is the sum of the pixels under some rectangles minus that under others. The five classic shapes are those of
P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001, section 2; line
features of four cells, centre-surround and the tilted ones are those of R. Lienhart, J. Maydt, "An Extended Set of
Haar-like Features for Rapid Object Detection", ICIP 2002 (their labels in brackets). The whole counts -1, and
what is picked out of it the inverse of the share that it covers, so that a constant image gives 0.

    features in a window of      20 x 20    24 x 24
    edge_x, edge_y (1a, b)        21,000     43,200  each
    line_x, line_y (2a, c)        13,230     27,600  each
    diagonal                      10,000     20,736
    CLASSIC: these five           78,460    162,336
    wide_line_x, _y (2b, d)        9,450     19,800  each
    centre (3a)                    3,969      8,464
    tilted_edge_x, _y (1c, d)      5,985     12,650  each
    tilted_line_x, _y (2e, g)      3,570      7,700  each
    tilted_wide_line_x, _y (2f, h) 2,380      5,250  each
    tilted_centre (3b)               945      2,128
    LIENHART: all but diagonal   116,144    242,992

A count is the product of two sums, over the widths and over the heights, of the positions that each leaves: edge_x in
24 pixels has 23 + 21 + ... + 1 = 144 along x and 24 + 23 + ... + 1 = 300 along y. A tilted rectangle of w x h cells
of a and b pixels is w a + h b pixels wide and as many high, so that its two sides leave positions jointly.

Texts count differently. For 24 x 24 pixels, Viola and Jones wrote "over 180,000" in 2001 and "160,000" in their
journal paper of 2004 (IJCV 57(2)), which is the 162,336 above; how the first number came about they do not say (the
diagonal counted once with each sign gives 183,072). The 45,396 of their workshop paper are the same five shapes with
the corner on every second pixel only. "About 10,000" is what is left when the cells' sides, too, grow by two pixels at
a time: 10,344, which is the full count for 12 x 12; many trainers take so many, or draw so many, to save time.
Lienhart and Maydt's table sums to 117,941 for 24 x 24. It counts a shape and its twin turned by 90 degrees once, and a
tilted shape as if its reach along x and along y could differ; three of its rows are not what their formulas give (wide
lines: 20,736 for 19,800, tilted 3,600 for 2,500; tilted centre 1,521 for 1,600). Counted here is what fits, as
OpenCV's trainer does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eigen2arc.core.errors import UserError

#: So many features are 600 MB of rectangles: enough for all shapes in 48 x 48 pixels.
MAX_FEATURES = 6_000_000


class HaarFeatures(NamedTuple):
    """The Haar features of M nodes: weighted sums over rectangles, in units of the window's standard deviation.

    rectangles : (M, 3, 4) int64 x y width height. weights : (M, 3) float32, 0 for a rectangle that is not there.
    tilted : (M,) bool: its rectangles are turned by 45 degrees; (x, y) is then the topmost corner, the width runs down
    to the right and the height down to the left (R. Lienhart, J. Maydt, "An Extended Set of Haar-like Features for
    Rapid Object Detection", ICIP 2002, fig. 1).
    """

    rectangles: np.ndarray
    weights: np.ndarray
    tilted: np.ndarray


@dataclass(frozen=True)
class Shape:
    """A grid of equal cells. rectangles : x y width height in cells, and the weight; the first one is the whole."""

    columns: int
    rows: int
    rectangles: tuple[tuple[int, int, int, int, int], ...]
    tilted: bool = False

    def sizes(self, width_px: int, height_px: int) -> list[tuple[int, int, int, int]]:
        """List every cell width and height that fits into the window, with the number of positions along x and y."""
        fitting = []
        for cell_height in range(1, height_px // self.rows + 1):
            for cell_width in range(1, width_px // self.columns + 1):
                width, height = self.columns * cell_width, self.rows * cell_height
                if self.tilted:  # such a rectangle reaches as far to either side as down
                    width = height = width + height
                positions = width_px - width + 1, height_px - height + 1
                if min(positions) > 0:
                    fitting.append((cell_width, cell_height, *positions))
        return fitting


def _transposed(shape: Shape) -> Shape:
    """Transpose a shape: its twin, with rows for columns."""
    return Shape(shape.rows, shape.columns, tuple((y, x, h, w, weight) for x, y, w, h, weight in shape.rectangles))


def _shapes() -> dict[str, Shape]:
    edge = Shape(2, 1, ((0, 0, 2, 1, -1), (1, 0, 1, 1, 2)))
    line = Shape(3, 1, ((0, 0, 3, 1, -1), (1, 0, 1, 1, 3)))
    wide_line = Shape(4, 1, ((0, 0, 4, 1, -1), (1, 0, 2, 1, 2)))
    centre = Shape(3, 3, ((0, 0, 3, 3, -1), (1, 1, 1, 1, 9)))
    lienhart = {"edge_x": edge, "edge_y": _transposed(edge), "line_x": line, "line_y": _transposed(line)}
    lienhart |= {"wide_line_x": wide_line, "wide_line_y": _transposed(wide_line), "centre": centre}
    tilted = {f"tilted_{name}": Shape(s.columns, s.rows, s.rectangles, True) for name, s in lienhart.items()}
    # Four cells against each other, as the whole and two doubled quarters: OpenCV runs three rectangles at most.
    diagonal = Shape(2, 2, ((0, 0, 2, 2, -1), (0, 0, 1, 1, 2), (1, 1, 1, 1, 2)))
    return lienhart | {"diagonal": diagonal} | tilted


#: By name: x is the axis along which the cells alternate.
SHAPES = _shapes()
CLASSIC = ("edge_x", "edge_y", "line_x", "line_y", "diagonal")
LIENHART = tuple(name for name in SHAPES if name != "diagonal")


def count_features(width_px: int, height_px: int, shapes: Sequence[str] = CLASSIC) -> int:
    """Count the features that enumerate_features gives."""
    return sum(columns * rows for name in shapes for *_, columns, rows in SHAPES[name].sizes(width_px, height_px))


def enumerate_features(width_px: int, height_px: int, shapes: Sequence[str] = CLASSIC) -> HaarFeatures:
    """List all features of these shapes (keys of SHAPES) in a window, shape by shape, size by size, x before y.

    Within one size, x runs fastest, so that neighbouring features read neighbouring pixels.
    Raises UserError for an unknown shape, and for more than MAX_FEATURES features.
    """
    if not shapes:
        raise UserError(f"no Haar features without a shape: there are {', '.join(SHAPES)}")
    for name in shapes:
        if name not in SHAPES:
            raise UserError(f"no Haar feature is called {name!r}: there are {', '.join(SHAPES)}")
    if (count := count_features(width_px, height_px, shapes)) > MAX_FEATURES:
        raise UserError(f"{count:,} Haar features in {width_px} x {height_px} pixels: {MAX_FEATURES:,} are the limit")
    tables = [_placed(SHAPES[name], width_px, height_px) for name in shapes]
    table = np.concatenate(tables)
    tilted = np.repeat([SHAPES[name].tilted for name in shapes], [len(table) for table in tables])
    return HaarFeatures(np.ascontiguousarray(table[:, :, :4]), table[:, :, 4].astype(np.float32), tilted)


def _placed(shape: Shape, width_px: int, height_px: int) -> np.ndarray:
    """Place a shape at every position and size: (M, 3, 5) int64 x y width height weight of its rectangles."""
    blocks = [np.zeros((0, 3, 5), np.int64)]
    for cell_width, cell_height, columns, rows in shape.sizes(width_px, height_px):
        y, x = np.divmod(np.arange(columns * rows), columns)
        if shape.tilted:  # the topmost corner lies as far from the left end as the height reaches
            x = x + shape.rows * cell_height
        block = np.zeros((len(x), 3, 5), np.int64)
        for part, (across, down, width, height, weight) in enumerate(shape.rectangles):
            dx, dy = across * cell_width, down * cell_height
            if shape.tilted:  # across the cells leads down to the right, down the cells leads down to the left
                dx, dy = dx - dy, dx + dy
            block[:, part, 0], block[:, part, 1] = x + dx, y + dy
            block[:, part, 2:] = width * cell_width, height * cell_height, weight
        blocks.append(block)
    return np.concatenate(blocks)
