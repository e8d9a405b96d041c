"""Dense SIFT at several scales: which directions the edges have, patch by patch, all over an image.

K. Simonyan, O. Parkhi, A. Vedaldi, A. Zisserman, "Fisher Vector Faces in the Wild", BMVC 2013, section 3: patches of
24 x 24 pixels, one every pixel or two, at five scales a factor of sqrt(2) apart. D. Lowe, IJCV 60(2), 2004, section
6.1: a patch is 4 x 4 histograms of eight directions, each gradient shared out linearly between its neighbours. R.
Arandjelović, A. Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012, section 2:
RootSIFT, the square root of the descriptor as shares, so that a Euclidean distance is Hellinger's.

Patches overlap, so each direction's gradients are laid into an image of their own and smoothed there once: with a
triangle as wide as two histograms, a pixel of it is the count of a histogram that lies there, as in VLFeat's `dsift`.
Lowe's Gaussian window over the patch becomes one weight per histogram.
"""

import math

import cv2
import numpy as np
from numba import njit, prange

from eigen2arc.core.checks import check_shape

from .gradient import gradient, normalize_l2_hys

#: Histograms along each side of a patch, the pixels along the side of one, and directions.
WIDTH, CELL_PX, ORIENTATIONS = 4, 6, 8
PATCH_PX = WIDTH * CELL_PX
SIZE = WIDTH * WIDTH * ORIENTATIONS

#: From one scale to the next the image shrinks by this.
FACTOR = math.sqrt(2)

#: A histogram's middle lies between two pixels: it counts 3 pixels beyond either side of its 6, the farther the less.
REACH_PX = CELL_PX // 2
TRIANGLE = (1 - np.abs(np.arange(2 * CELL_PX) - (CELL_PX - 0.5)) / CELL_PX).astype(np.float32)

_offset = np.arange(WIDTH) - (WIDTH - 1) / 2
_line = np.exp(-(_offset**2) / (2 * (WIDTH / 2) ** 2))
#: (4, 4) float32, at the histograms' middles; the standard deviation is half the patch's side, as Lowe has it.
GAUSSIAN = np.outer(_line, _line).astype(np.float32)


def dense_sift(images: np.ndarray, stride_px: int, scales: int) -> np.ndarray:
    """Compute the RootSIFT descriptors of (N, S, S) uint8 grey images: (N, T, 128) float32.

    Each is of length 1, or 0 where there is no edge. One patch every ``stride_px`` pixels at each of ``scales`` scales,
    largest image first, then row by row, as patch_centres has them; a scale at which the image is smaller than a patch
    has none. Within a patch: histogram by histogram, row by row, directions turning from x to y (down). Raises
    ValueError for images smaller than a patch.
    """
    size_px = check_shape(images, "N S S", "images")["S"]
    sides = sides_px(size_px, scales)
    counts = [len(_corners(side, stride_px)) ** 2 for side in sides]
    descriptors = np.empty((len(images), sum(counts), SIZE), np.float32)
    start = 0
    for side, count in zip(sides, counts, strict=True):
        # Reduced in whole grey values: in float32 a flat image would come out with edges of its rounding.
        level = np.empty((len(images), side, side), np.uint8)
        for image, reduced in zip(images, level, strict=True):
            reduced[:] = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        _describe(level, _corners(side, stride_px), start, descriptors)
        start += count
    return descriptors


def patch_centres(size_px: int, stride_px: int, scales: int) -> np.ndarray:
    """Return where each patch of dense_sift lies (T, 2) float32: x / w - 1/2 and y / h - 1/2, so 0 is the middle."""
    centres = []
    for side in sides_px(size_px, scales):
        line = (_corners(side, stride_px) + PATCH_PX / 2) / side - 0.5
        y, x = np.meshgrid(line, line, indexing="ij")
        centres.append(np.stack([x.ravel(), y.ravel()], axis=1))
    return np.concatenate(centres).astype(np.float32)


def sides_px(size_px: int, scales: int) -> list[int]:
    """List the image's side at each scale that has room for a patch.

    Raises ValueError where not even the first has.
    """
    if size_px < PATCH_PX:
        raise ValueError(f"crops: SIFT describes patches of {PATCH_PX} x {PATCH_PX} pixels, got {size_px} x {size_px}")
    sides = [round(size_px / FACTOR**scale) for scale in range(scales)]
    return [side for side in sides if side >= PATCH_PX]


def _corners(side_px: int, stride_px: int) -> np.ndarray:
    """Left (or upper) pixels of the patches along a line, int64; what the stride leaves over is left on both sides."""
    room = side_px - PATCH_PX
    return np.arange(room % stride_px // 2, room + 1, stride_px)


@njit(cache=True, parallel=True)
def _describe(level: np.ndarray, corners: np.ndarray, start: int, descriptors: np.ndarray) -> None:
    for n in prange(len(level)):
        smooth = _smooth(_directions(level[n]))
        t = start
        for y in corners:
            for x in corners:
                _patch(smooth, y, x, descriptors[n, t])
                t += 1


@njit(cache=True)
def _directions(image: np.ndarray) -> np.ndarray:
    """(S + 6, (S + 6) * 8) float32: each pixel's gradient in its two nearest directions; a border of 0 all around."""
    side = len(image)
    magnitude, angle_rad = np.empty(image.shape, np.float32), np.empty(image.shape, np.float32)
    gradient(image, magnitude, angle_rad)
    planes = np.zeros((side + 2 * REACH_PX, (side + 2 * REACH_PX) * ORIENTATIONS), np.float32)
    for y in range(side):
        for x in range(side):
            turn = angle_rad[y, x] * np.float32(ORIENTATIONS / (2 * math.pi)) + np.float32(ORIENTATIONS)
            before = int(turn)
            share = turn - np.float32(before)
            here = (x + REACH_PX) * ORIENTATIONS
            planes[y + REACH_PX, here + before % ORIENTATIONS] += magnitude[y, x] * (1 - share)
            planes[y + REACH_PX, here + (before + 1) % ORIENTATIONS] += magnitude[y, x] * share
    return planes


@njit(cache=True)
def _smooth(planes: np.ndarray) -> np.ndarray:
    """(S - 5, (S - 5) * 8) float32: entry y, x is the histogram whose upper left pixel is y, x."""
    rows = len(planes) - len(TRIANGLE) + 1
    down = np.zeros((rows, planes.shape[1]), np.float32)
    out = np.zeros((rows, rows * ORIENTATIONS), np.float32)
    for y in range(rows):
        for k in range(len(TRIANGLE)):
            for i in range(planes.shape[1]):
                down[y, i] += TRIANGLE[k] * planes[y + k, i]
        for k in range(len(TRIANGLE)):
            for i in range(out.shape[1]):
                out[y, i] += TRIANGLE[k] * down[y, i + k * ORIENTATIONS]
    return out


@njit(cache=True)
def _patch(smooth: np.ndarray, top: int, left: int, descriptor: np.ndarray) -> None:
    """The 16 histograms of the patch at ``top``, ``left``, normalised, then rooted (CVPR 2012, section 2)."""
    for i in range(WIDTH):
        for j in range(WIDTH):
            to, first = (i * WIDTH + j) * ORIENTATIONS, (left + j * CELL_PX) * ORIENTATIONS
            for o in range(ORIENTATIONS):
                descriptor[to + o] = GAUSSIAN[i, j] * smooth[top + i * CELL_PX, first + o]
    normalize_l2_hys(descriptor)
    total = np.float32(0)
    for d in range(SIZE):
        total += descriptor[d]
    per_total = 1 / total if total > 0 else np.float32(0)
    for d in range(SIZE):
        descriptor[d] = math.sqrt(descriptor[d] * per_total)
