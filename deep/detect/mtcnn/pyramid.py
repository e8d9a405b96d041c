"""MTCNN's image pyramids: the levels of all images of a batch, packed on one canvas for P-Net to go over at once.

Zhang et al. 2016, section II.A: the image is scaled so that the smallest face fills P-Net's window of 12 pixels, then
by a factor again and again. P-Net is fully convolutional with a stride of 2, so a level on the canvas gives what it
would alone, if it begins at even coordinates and its neighbours are kept out of one cell: where a side is odd, the
last of P-Net's 2 x 2 pooling cells reaches one pixel beyond the level.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from eigen2arc.deep.ops.area_resample import LookUps, Parts, look_ups

WINDOW_PX = 12
STRIDE_PX = 2

#: A canvas's sides are multiples of this, so that images of many sizes meet networks that are ready for them.
BUCKET_PX = 16

#: On a processor P-Net takes so many pixels at once: its maps then stay in the cache.
STRIP_PX = 1 << 17


class Strip(NamedTuple):
    """Rows of a canvas that P-Net takes at once.

    size : height and width. top : its first row on the canvas. parts : what lies on it, for a processor; for other
    devices the look-ups that fill it. On the device: owner : (h, w) int64, for each cell of P-Net's map the level that
    its window lies in, -1 between levels. repeat : (4, K) int64, rows and columns of conv1's map that lie beyond a
    level of odd sides, then those of their neighbours inside.
    """

    size: tuple[int, int]
    top: int
    parts: Parts | LookUps
    owner: Tensor
    repeat: Tensor


@dataclass(frozen=True)
class Layout:
    """The layout of L pyramid levels on a canvas.

    All on the device: image : (L,) int64. scale : (L,) float32. corner : (L, 2) int64, x and y on the canvas. strips :
    cover the canvas, each with the rows that the windows at its lower edge reach into.
    """

    image: Tensor
    scale: Tensor
    corner: Tensor
    strips: tuple[Strip, ...]


def pyramid_scales(height_px: int, width_px: int, min_size_px: float, factor: float) -> list[float]:
    """Compute the scales at which a face of min_size_px, one larger by 1 / factor, and so on fills P-Net's window."""
    scale = WINDOW_PX / min_size_px
    shorter = min(height_px, width_px) * scale
    scales = []
    while shorter >= WINDOW_PX:
        scales.append(scale)
        scale *= factor
        shorter *= factor
    return scales


@lru_cache(maxsize=64)
def layout(
    shapes: tuple[tuple[int, int], ...], min_size_px: float, factor: float, device: torch.device
) -> Layout | None:
    """Lay out the levels of images of (height, width) ``shapes``, in order of the images and from the finest level on.

    None if there is none: all images are smaller than the smallest face.
    """
    levels = [
        (i, scale, int(height * scale + 1), int(width * scale + 1))
        for i, (height, width) in enumerate(shapes)
        for scale in pyramid_scales(height, width, min_size_px, factor)
    ]
    if not levels:
        return None
    image, scale, height, width = (np.array(column) for column in zip(*levels, strict=True))
    size = np.stack([height, width], axis=1)
    corner, canvas = shelves(size)
    strips = (
        tuple(_strips(image, size, corner, canvas))
        if device.type == "cpu"
        else (_whole(shapes, image, size, corner, canvas, device),)
    )
    on_device = [torch.from_numpy(column).to(device) for column in (image, scale, corner[:, ::-1].copy())]
    return Layout(on_device[0], on_device[1].float(), on_device[2], strips)


def shelves(size: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """Pack rectangles (L, 2) on shelves; returns their corners (L, 2), at even coordinates, and the canvas's size.

    The size is height and width. Like books: from the highest on, each on the first shelf that has room, or on a new
    one below (first-fit decreasing height; Coffman, Garey, Johnson, Tarjan, SIAM Journal on Computing 1980). Shelves
    are as wide as the widest, or somewhat wider, whichever makes the smallest canvas.
    """
    even = size + size % 2
    widest = int(even[:, 1].max())
    tried = [_first_fit(even, _bucket(int(widest * times))) for times in (1, 1.25, 1.5, 1.75, 2)]
    return min(tried, key=lambda found: found[1][0] * found[1][1])


def _first_fit(even: np.ndarray, width: int) -> tuple[np.ndarray, tuple[int, int]]:
    corner = np.zeros_like(even)
    ends: list[list[int]] = []  # where the next may begin on each shelf, y and x
    bottom = 0
    for n in np.argsort(-even[:, 0], kind="stable"):
        shelf = next((end for end in ends if end[1] + even[n, 1] <= width), None)
        if shelf is None:
            shelf = [bottom, 0]
            ends.append(shelf)
            bottom += int(even[n, 0])
        corner[n] = shelf
        shelf[1] += int(even[n, 1])
    return corner, (_bucket(bottom), width)


def _bucket(length_px: int) -> int:
    return -(-length_px // BUCKET_PX) * BUCKET_PX


def output_size(length_px: np.ndarray) -> np.ndarray:
    """Compute how many cells P-Net's map has along a side of so many pixels."""
    return (length_px + 1) // STRIDE_PX - WINDOW_PX // STRIDE_PX + 1


def _owner(size: np.ndarray, corner: np.ndarray, canvas: Sequence[int]) -> np.ndarray:
    owner = np.full(output_size(np.array(canvas)), -1)
    cells = zip(corner // STRIDE_PX, output_size(size), strict=True)
    for level, ((top, left), (height, width)) in enumerate(cells):
        owner[top : top + height, left : left + width] = level
    return owner


def _repeat(size: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """conv1's map ends two pixels before the level does; of an odd side, pooling takes the next one in, too.

    Returns (4, K): y and x of such cells on conv1's map of the canvas, and of the last inside.
    """
    parts = [np.zeros((4, 0), np.int64)]
    for (height, width), (top, left) in zip(size.tolist(), corner.tolist(), strict=True):
        below = np.arange(width - 2 + width % 2) if height % 2 else np.arange(0)
        beside = np.arange(height - 2) if width % 2 else np.arange(0)
        y = np.concatenate([np.full(len(below), height - 2), beside])
        x = np.concatenate([below, np.full(len(beside), width - 2)])
        parts.append(np.stack([top + y, left + x, top + y.clip(max=height - 3), left + x.clip(max=width - 3)]))
    return np.concatenate(parts, axis=1)


def _strips(image: np.ndarray, size: np.ndarray, corner: np.ndarray, canvas: tuple[int, int]) -> Iterator[Strip]:
    """Strips of about STRIP_PX, each with what the last windows that begin in it reach below it."""
    height, width = canvas
    rows = max(BUCKET_PX, STRIP_PX // width // BUCKET_PX * BUCKET_PX)
    owner, repeat = _owner(size, corner, canvas), _repeat(size, corner)
    for top in range(0, height - WINDOW_PX + STRIDE_PX, rows):
        bottom = min(top + rows + WINDOW_PX - STRIDE_PX, height)
        wanted = (np.array([top, bottom]) - corner[:, :1]).clip(0, size[:, :1])
        on = wanted[:, 1] > wanted[:, 0]
        begin = np.stack([(corner[:, 0] - top).clip(0), corner[:, 1]], axis=1)
        parts = Parts(image[on], size[on], wanted[on], begin[on])
        own = repeat[:, (repeat[0] >= top) & (repeat[0] < bottom - 2)] - np.array([[top], [0], [top], [0]])
        seen = owner[top // STRIDE_PX : top // STRIDE_PX + int(output_size(np.array(bottom - top)))]
        yield Strip((bottom - top, width), top, parts, torch.from_numpy(seen), torch.from_numpy(own))


def _whole(
    shapes: Sequence[tuple[int, int]],
    image: np.ndarray,
    size: np.ndarray,
    corner: np.ndarray,
    canvas: tuple[int, int],
    device: torch.device,
) -> Strip:
    """The canvas in one piece, on the device."""
    owner, repeat = _owner(size, corner, canvas), _repeat(size, corner)
    on_device = [torch.from_numpy(table).to(device) for table in (owner, repeat)]
    return Strip(canvas, 0, look_ups(shapes, image, size, corner, canvas[1], device), on_device[0], on_device[1])
