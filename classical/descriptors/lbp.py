"""Uniform local binary patterns: each pixel's circle of neighbours, brighter or not, as a number.

T. Ojala, M. Pietikäinen, T. Mäenpää, "Multiresolution Gray-Scale and Rotation Invariant Texture Classification with
Local Binary Patterns", PAMI 24(7), 2002: LBP_{P,R} in section 2.1, uniformity U in eq. (10). The mapping u2 (not
rotation-invariant: every uniform pattern has its own label) is the one that Ahonen et al. take for faces.
"""

import math

import numpy as np
from numba import njit, prange

from eigen2arc.core.checks import check_shape


def uniform_labels(neighbours: int) -> np.ndarray:
    """Compute the label (2**P,) uint8 of each pattern whose bit p is neighbour p; there are P (P - 1) + 3 labels.

    A pattern is uniform if its circle changes at most twice between 0 and 1. Label 0 has no ones; a run of n ones,
    turned r steps, has 1 + (n - 1) P + r; then comes the pattern of ones only, and last all that is not uniform.
    """
    p = neighbours
    labels = np.full(2**p, p * (p - 1) + 2, np.uint8)
    labels[0], labels[-1] = 0, p * (p - 1) + 1
    for ones in range(1, p):
        for turn in range(p):
            run = ((1 << ones) - 1) << ((p - turn) % p)
            labels[(run | run >> p) & (2**p - 1)] = 1 + (ones - 1) * p + turn
    return labels


def circle(neighbours: int, radius_px: float) -> np.ndarray:
    """Compute the neighbours' offsets (P, 2) (row, column): the first to the right, then counter-clockwise."""
    angle = 2 * np.pi * np.arange(neighbours) / neighbours
    # Rounded, because the sine of pi is not quite 0 and the neighbour would lie between two rows.
    return np.round(radius_px * np.stack([-np.sin(angle), np.cos(angle)], axis=1), 5)


def local_binary_patterns(images: np.ndarray, *, neighbours: int = 8, radius_px: float = 2.0) -> np.ndarray:
    """Label the pixels of grey images (N, H, W) uint8 by LBP^{u2}_{P,R}, P <= 16.

    Returns (N, H - 2m, W - 2m) uint8 with m = ceil(R): only pixels whose whole circle lies inside the image. Values
    between pixels are interpolated bilinearly. Raises ValueError for images that leave nothing.
    """
    check_shape(images, "N H W", "images")
    margin = math.ceil(radius_px)
    if min(images.shape[1:]) <= 2 * margin:
        raise ValueError(f"a radius of {radius_px} px does not fit into {images.shape[2]} x {images.shape[1]} pixels")
    out = np.empty((len(images), images.shape[1] - 2 * margin, images.shape[2] - 2 * margin), np.uint8)
    label_patterns(np.ascontiguousarray(images), circle(neighbours, radius_px), uniform_labels(neighbours), margin, out)
    return out


@njit(parallel=True, cache=True)
def label_patterns(images: np.ndarray, offsets: np.ndarray, labels: np.ndarray, margin: int, out: np.ndarray) -> None:
    """Fill in ``out`` (N, H - 2 margin, W - 2 margin) uint8 with the label of each pixel's pattern.

    images : (N, H, W) of any real type. offsets : (P, 2), see circle(). labels : (2**P,) uint8 by pattern.
    """
    dx = np.empty((len(offsets), out.shape[2]))
    for p in range(len(offsets)):
        for x in range(out.shape[2]):
            column = x + margin + offsets[p, 1]
            dx[p, x] = column - math.floor(column)
    for n in prange(len(images)):
        _label_image(images[n].astype(np.float64), offsets, dx, labels, margin, out[n])


@njit(cache=True)
def _label_image(
    image: np.ndarray, offsets: np.ndarray, dx: np.ndarray, labels: np.ndarray, margin: int, out: np.ndarray
) -> None:
    """Neighbour by neighbour for a whole row, so that the innermost loop runs along rows of pixels."""
    height, width = out.shape
    pattern = np.empty(width, np.int64)
    for y in range(height):
        pattern[:] = 0
        for p in range(len(offsets)):
            row, column = y + margin + offsets[p, 0], margin + offsets[p, 1]
            above, below = image[math.floor(row)], image[math.ceil(row)]
            left, right = math.floor(column), math.ceil(column)
            _add_bit(
                1 << p,
                above[left : left + width],
                above[right : right + width],
                below[left : left + width],
                below[right : right + width],
                dx[p],
                row - math.floor(row),
                image[y + margin, margin : margin + width],
                pattern,
            )
        for x in range(width):
            out[y, x] = labels[pattern[x]]


@njit(cache=True)
def _add_bit(
    bit: int,
    above_left: np.ndarray,
    above_right: np.ndarray,
    below_left: np.ndarray,
    below_right: np.ndarray,
    dx: np.ndarray,
    dy: float,
    centre: np.ndarray,
    pattern: np.ndarray,
) -> None:
    """Where the bilinear interpolation of four pixels is at least as bright as the centre, the pattern gets the bit.

    dx (W,) is very nearly the same all along the row. Its last digit, which comes from the place, decides where the
    two are equal, as on an even slope, and is kept so that the labels are those of scikit-image there, too.
    """
    for x in range(len(pattern)):
        above = (1 - dx[x]) * above_left[x] + dx[x] * above_right[x]
        below = (1 - dx[x]) * below_left[x] + dx[x] * below_right[x]
        pattern[x] += bit if (1 - dy) * above + dy * below >= centre[x] else 0
