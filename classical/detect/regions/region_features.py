"""What is known of each segment of an image: size, box, neighbours, and histograms of its colours and its texture.

J. Uijlings, K. van de Sande, T. Gevers, A. Smeulders, "Selective Search for Object Recognition", IJCV 104(2), 2013,
section 3.2. Histograms hold shares, each kind sums to 1, so that a union's histogram is a weighted mean.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numba import njit

COLOR_BINS = 25
TEXTURE_BINS = 10

#: Where no derivative reaches so many grey levels a pixel, the steepest one is rounding, and not what 10 bins divide.
FLAT = 1.0

#: Half of the eight orientations; a derivative's sign tells the opposite ones apart.
AXES = 4


class Regions(NamedTuple):
    """N segments and their P pairs of neighbours.

    sizes : (N,) float32, pixels. boxes : (N, 4) int32 x1 y1 x2 y2, right and bottom exclusive. pairs : (P, 2) int64,
    the smaller number first, in order. borders : (P,) int64, how many pairs of neighbouring pixels lie across.
    """

    sizes: np.ndarray
    boxes: np.ndarray
    pairs: np.ndarray
    borders: np.ndarray


def regions_of(labels: np.ndarray) -> Regions:
    """Measure the segments (H, W) int32, numbered from 0 on; neighbours are those of the eight-neighbour grid."""
    sizes, boxes = _measure(labels, int(labels.max()) + 1)
    codes, borders = np.unique(_crossings(labels), return_counts=True)
    pairs = np.stack(np.divmod(codes, len(sizes)), axis=1)
    return Regions(sizes, boxes, pairs, borders)


def color_histograms(image: np.ndarray, labels: np.ndarray, regions: int) -> np.ndarray:
    """Count colours by region: (N, 25 C) float32, 25 bins for each channel of a uint8 image (H, W, C)."""
    bins = (image.astype(np.uint16) * COLOR_BINS >> 8).astype(np.uint8)
    return _shares(_count(np.moveaxis(bins, 2, 0).copy(), labels, regions, COLOR_BINS))


def texture_bins(image: np.ndarray) -> np.ndarray:
    """Bin how steep a uint8 image (H, W, C) is at each pixel: (4 C, H, W) uint8, each channel along four axes.

    Along an axis the derivative of a Gaussian with sigma = 1 px is binned: 0 to 9 where it is positive, up to the
    largest one that the channel has along any axis, and 10 to 19 where it is negative.
    """
    bins = np.empty((AXES * image.shape[2], *image.shape[:2]), np.uint8)
    for channel in range(image.shape[2]):
        down, right = _gaussian_derivatives(image[:, :, channel])
        _bin_derivatives(down, right, bins[AXES * channel : AXES * (channel + 1)])
    return bins


def texture_histograms(bins: np.ndarray, labels: np.ndarray, regions: int) -> np.ndarray:
    """Count texture by region: (N, 80 C) float32, 10 bins for each of eight orientations of each channel.

    bins : from texture_bins(). What falls to an axis' one direction counts as 0, the lowest bin, in the opposite one.
    """
    counts = _count(bins, labels, regions, 2 * TEXTURE_BINS).reshape(regions, len(bins), 2, TEXTURE_BINS)
    opposite = counts[:, :, ::-1].sum(axis=3)
    counts[:, :, :, 0] += opposite
    return _shares(counts.reshape(regions, -1))


def _gaussian_derivatives(plane: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives (H, W) float32 downwards and to the right of a plane smoothed by a Gaussian of 1 px."""
    x = np.arange(-3, 4)
    gaussian = np.exp(-(x**2) / 2)
    gaussian /= gaussian.sum()
    slope = x * gaussian
    down = cv2.sepFilter2D(plane, cv2.CV_32F, gaussian, slope, borderType=cv2.BORDER_REPLICATE)
    right = cv2.sepFilter2D(plane, cv2.CV_32F, slope, gaussian, borderType=cv2.BORDER_REPLICATE)
    return down, right


def _shares(counts: np.ndarray) -> np.ndarray:
    """Counts (N, B) to shares of their sum, float32."""
    return (counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)


@njit(cache=True, nogil=True)
def _bin_derivatives(down: np.ndarray, right: np.ndarray, bins: np.ndarray) -> None:
    """Fill in one channel's bins (4, H, W), see texture_bins()."""
    cos = np.cos(np.arange(AXES) * np.pi / AXES).astype(np.float32)
    sin = np.sin(np.arange(AXES) * np.pi / AXES).astype(np.float32)
    # A derivative along any direction is a combination of two: the Gaussian is steerable.
    steepest = np.float32(FLAT)
    for axis in range(AXES):
        for y in range(down.shape[0]):
            for x in range(down.shape[1]):
                steepest = max(steepest, abs(cos[axis] * right[y, x] + sin[axis] * down[y, x]))
    scale = np.float32(TEXTURE_BINS) / steepest
    for axis in range(AXES):
        for y in range(down.shape[0]):
            for x in range(down.shape[1]):
                along = cos[axis] * right[y, x] + sin[axis] * down[y, x]
                bin = min(int(abs(along) * scale), TEXTURE_BINS - 1)
                bins[axis, y, x] = bin + (TEXTURE_BINS if along < 0 else 0)


@njit(cache=True, nogil=True)
def _count(bins: np.ndarray, labels: np.ndarray, regions: int, bins_per_plane: int) -> np.ndarray:
    """(regions, planes * bins_per_plane) int32 histograms of uint8 planes (planes, H, W)."""
    counts = np.zeros((regions, len(bins) * bins_per_plane), np.int32)
    for plane in range(len(bins)):
        for y in range(labels.shape[0]):
            for x in range(labels.shape[1]):
                place = np.uint64(plane * bins_per_plane) + np.uint64(bins[plane, y, x])
                counts[np.uint64(labels[y, x]), place] += 1
    return counts


@njit(cache=True, nogil=True)
def _measure(labels: np.ndarray, regions: int) -> tuple[np.ndarray, np.ndarray]:
    height, width = labels.shape
    sizes = np.zeros(regions, np.float32)
    boxes = np.empty((regions, 4), np.int32)
    boxes[:, 0], boxes[:, 1], boxes[:, 2:] = width, height, 0
    for y in range(height):
        for x in range(width):
            box = boxes[labels[y, x]]
            box[0], box[1] = min(box[0], x), min(box[1], y)
            box[2], box[3] = max(box[2], x + 1), max(box[3], y + 1)
            sizes[labels[y, x]] += 1
    return sizes, boxes


@njit(cache=True, nogil=True)
def _crossings(labels: np.ndarray) -> np.ndarray:
    """(K,) int64: smaller * N + larger number, for each pair of neighbouring pixels in different segments."""
    height, width = labels.shape
    regions = np.int64(labels.max()) + 1
    codes = [np.int64(0) for _ in range(0)]  # an empty list whose type numba can tell
    for y in range(height):
        for x in range(width):
            here = labels[y, x]
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if y + down < height and 0 <= x + right < width:
                    there = labels[y + down, x + right]
                    if here != there:
                        codes.append(min(here, there) * regions + max(here, there))
    return np.array(codes)
