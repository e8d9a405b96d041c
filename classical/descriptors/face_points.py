"""Places in an aligned face, by name: the five points of the aligner, and what lies around and between them.

An aligner brings five points to fixed places (core/align.py); where brows, nose, mouth and cheeks then lie on an
average face is in this table. It stands in for the landmarks that a paper takes from a detector of its own: pose and
expression move the true ones by a few pixels.
"""

import numpy as np

from eigen2arc.core.align import template_points

#: x y in a 112 x 112 crop, besides the five points. The face's axis is x = 56.
AROUND_112 = {
    "left eye, outer corner": (30, 52),
    "left eye, inner corner": (46, 53),
    "right eye, inner corner": (66, 53),
    "right eye, outer corner": (82, 52),
    "left brow, outer end": (26, 42),
    "left brow, middle": (38, 38),
    "left brow, inner end": (48, 41),
    "right brow, inner end": (64, 41),
    "right brow, middle": (74, 38),
    "right brow, outer end": (86, 42),
    "forehead": (56, 28),
    "nose, bridge": (56, 50),
    "nose, middle": (56, 61),
    "nose, left wing": (47, 74),
    "nose, right wing": (65, 74),
    "mouth, middle": (56, 92),
    "lower lip": (56, 100),
    "chin": (56, 110),
    "left cheek": (30, 74),
    "right cheek": (82, 74),
    "left jaw": (33, 95),
    "right jaw": (79, 95),
}


def five_points(zoom: float) -> np.ndarray:
    """(5, 2) x y of the aligner's points as fractions of the crop's side; ``zoom`` as in core.align.template_points."""
    return template_points(1, zoom)


def dense_points(zoom: float) -> np.ndarray:
    """(27, 2) x y, as fractions of the crop's side: the five, then those of AROUND_112."""
    around = np.array(list(AROUND_112.values())) / 112
    return np.concatenate([five_points(zoom), around * zoom + (1 - zoom) / 2])


def grid_points(count: int) -> np.ndarray:
    """(count * count, 2) x y, row by row: the middles of equal squares that cover the crop, whatever its zoom."""
    line = (np.arange(count) + 0.5) / count
    return np.stack([np.tile(line, count), line.repeat(count)], axis=1)
