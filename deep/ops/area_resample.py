"""Resampling by area averages, for pyramids and for many crops at once, from one integral image.

The value of an output pixel is the mean of all input pixels that its area touches: of n input and m output pixels a
side, output pixel i averages the inputs floor(i n / m) to ceil((i + 1) n / m), the end exclusive. That is torch's
``interpolate(mode="area")``. There every crop costs one call; from an integral image (Crow 1984) all crops of all
images cost four look-ups a pixel, whatever their size, and as the sums are whole numbers the result is the same.

A processor goes pixel by pixel, a GPU does each operation once for all pixels of all images.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numba import njit, prange
from torch import Tensor

from .scratch import Scratch


@dataclass(frozen=True)
class IntegralImages:
    """Integral images of B images of any sizes, on one device.

    sums : (T, 3) int32, one after the other, each (H + 1) * (W + 1) corners, row by row: the sum of all pixels above
        and left of a corner. The sums of very large images wrap around; the differences that are wanted do not.
    start : (B,) int64, where each begins. size : (B, 2) int64, height and width of the images in pixels.
    """

    sums: Tensor
    start: Tensor
    size: Tensor

    @classmethod
    def of(cls, images: Sequence[np.ndarray], scratch: Scratch) -> "IntegralImages":
        """Integrate (H, W, 3) uint8 images in the memory ``scratch``: they hold until that is used again."""
        size = np.array([image.shape[:2] for image in images])
        corners = (size + 1).prod(axis=1)
        end = np.cumsum(corners)
        device = scratch.device
        sums = scratch.take((int(end[-1]), 3))
        for image, one in zip(images, sums.split(corners.tolist()), strict=True):
            height, width = image.shape[:2]
            _integrate(np.ascontiguousarray(image), one.view(height + 1, width + 1, 3))
        return cls(sums, torch.from_numpy(end - corners).to(device), torch.from_numpy(size).to(device))


def _integrate(image: np.ndarray, out: Tensor) -> None:
    if out.device.type == "cpu":
        cv2.integral(image, out.numpy())
        return
    out.zero_()
    torch.cumsum(torch.from_numpy(image).to(out.device), dim=1, dtype=torch.int32, out=out[1:, 1:])
    torch.cumsum(out, dim=0, dtype=torch.int32, out=out)


def resample_crops(images: IntegralImages, image: Tensor, windows: Tensor, size_px: int) -> Tensor:
    """Resample crops of images to (N, size_px, size_px, 3) float32, 0..255.

    image : (N,) int64, which of the B images. windows : (N, 4) int64 x1 y1 x2 y2, right and bottom exclusive, not
    empty. They may reach over the image's border: beyond it all is 0.
    """
    n = len(windows)
    if windows.device.type != "cpu":
        return means_by_gather(images, image, windows, size_px)
    crops = torch.empty((n, size_px, size_px, 3))
    source = images.sums.numpy(), images.start[image].numpy(), images.size[image].numpy(), windows.numpy()
    first, rows = np.arange(n) * size_px**2, np.tile([0, size_px], (n, 1))
    area_means(*source, np.full((n, 2), size_px), rows, crops.view(-1, 3).numpy(), first, np.full(n, size_px))
    return crops


def see_image(images: IntegralImages, image: Tensor, windows: Tensor, size_px: int) -> Tensor:
    """Tell which pixels of resample_crops() see any of their image: (N, size_px, size_px) bool."""
    x1, y1, x2, y2 = windows.unbind(dim=1)
    spans = _spans(y1, y2 - y1, size_px), _spans(x1, x2 - x1, size_px)
    lengths = images.size[image, :, None].unbind(dim=1)
    rows, columns = ((first < length) & (end > 0) for (first, end), length in zip(spans, lengths, strict=True))
    return rows[:, :, None] & columns[:, None, :]


@dataclass(frozen=True)
class Parts:
    """Where on a canvas parts of resampled images go, for resample_images.

    image : (L,) int64, which of the B images. size : (L, 2), height and width that the whole image is brought to. rows
    : (L, 2), the first row of it that is wanted, and the end. corner : (L, 2), y and x where they begin. All int64.
    """

    image: np.ndarray
    size: np.ndarray
    rows: np.ndarray
    corner: np.ndarray


def resample_images(images: IntegralImages, parts: Parts, out: Tensor) -> None:
    """Resample whole images to other sizes, and put some rows of each into ``out``, (H, W, 3) float32, as 0..255.

    On a processor; on other devices means_at() does it.
    """
    pitch = np.full(len(parts.image), out.shape[1])
    start, size = images.start.numpy()[parts.image], images.size.numpy()[parts.image]
    windows = np.concatenate([np.zeros_like(size), size[:, ::-1]], axis=1)
    first = parts.corner[:, 0] * pitch + parts.corner[:, 1]
    source = (images.sums.numpy(), start, size, windows)
    area_means(*source, parts.size, parts.rows, out.view(-1, 3).numpy(), first, pitch)


class LookUps(NamedTuple):
    """Table for means_at: for each of K pixels of a canvas its four sums, by how much to divide, and where it goes.

    lower_right, lower_left, upper_right, upper_left : (K,) int32 rows of IntegralImages.sums. area : (K, 1) float32.
    target : (K,) int64, index of the pixel on the canvas, counted through.
    """

    lower_right: Tensor
    lower_left: Tensor
    upper_right: Tensor
    upper_left: Tensor
    area: Tensor
    target: Tensor


def look_ups(
    shapes: Sequence[tuple[int, int]],
    image: np.ndarray,
    size: np.ndarray,
    corner: np.ndarray,
    pitch: int,
    device: torch.device,
) -> LookUps:
    """List the look-ups that bring whole images to L other sizes on one canvas.

    shapes : height and width of the B images. image : (L,), which of them. size : (L, 2) height and width it is brought
    to. corner : (L, 2) y and x where it begins. pitch : the canvas's width.
    """
    ends = np.cumsum([(height + 1) * (width + 1) for height, width in shapes])
    parts = []
    for i, (h, w), (y, x) in zip(image.tolist(), size.tolist(), corner.tolist(), strict=True):
        height, width = shapes[i]
        start, stride = int(ends[i]) - (height + 1) * (width + 1), width + 1
        zero = torch.zeros(1, dtype=torch.int64, device=device)
        (top, bottom), (left, right) = _spans(zero, zero + height, h), _spans(zero, zero + width, w)
        upper, lower = (start + row.T * stride for row in (top, bottom))
        area = (bottom - top).T * (right - left)
        target = (y + torch.arange(h, device=device))[:, None] * pitch + x + torch.arange(w, device=device)
        corners = [(a + b).flatten().int() for a in (lower, upper) for b in (right, left)]
        parts.append((*corners, area.reshape(-1, 1).float(), target.flatten()))
    return LookUps(*(torch.cat(column) for column in zip(*parts, strict=True)))


def means_at(sums: Tensor, at: LookUps, canvas: Tensor) -> None:
    """Fill in the pixels of ``canvas``, (H, W, 3) float32, as 0..255, from integral images (T, 3)."""
    total = sums.index_select(0, at.lower_right)
    total -= sums.index_select(0, at.lower_left)
    total -= sums.index_select(0, at.upper_right)
    total += sums.index_select(0, at.upper_left)
    canvas.view(-1, 3)[at.target] = total / at.area


def means_by_gather(images: IntegralImages, image: Tensor, windows: Tensor, size_px: int) -> Tensor:
    """Resample crops as resample_crops() does, each operation once for all pixels: for a GPU."""
    x1, y1, x2, y2 = windows.unbind(dim=1)
    rows, columns = _spans(y1, y2 - y1, size_px), _spans(x1, x2 - x1, size_px)
    height, width = images.size[image, :, None].unbind(dim=1)
    start, stride = images.start[image, None], width + 1
    # The sum of what lies beyond the border is that at the border.
    upper, lower = ((start + _clamp(row, height) * stride)[:, :, None] for row in rows)
    left, right = (_clamp(column, width)[:, None, :] for column in columns)
    sums = images.sums
    total = sums[lower + right] - sums[lower + left] - sums[upper + right] + sums[upper + left]
    area = (rows[1] - rows[0])[:, :, None, None] * (columns[1] - columns[0])[:, None, :, None]
    return total / area


def _clamp(pixel: Tensor, length: Tensor) -> Tensor:
    return pixel.clamp(min=0).minimum(length)


def _spans(start: Tensor, length: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """(...) int64 start and length of an interval of pixels to first and end (..., size) of the pixels to average."""
    i = torch.arange(size, device=start.device)
    length = length[..., None]
    first = (i * length) // size
    end = -((-(i + 1) * length) // size)
    return start[..., None] + first, start[..., None] + end


@njit(parallel=True, cache=True)
def area_means(
    sums: np.ndarray,
    start: np.ndarray,
    image_sizes: np.ndarray,
    windows: np.ndarray,
    sizes: np.ndarray,
    rows: np.ndarray,
    out: np.ndarray,
    first: np.ndarray,
    pitch: np.ndarray,
) -> None:
    """Resample N windows, each to some rows of a rectangle in ``out``.

    sums : (T, 3) int32, integral images one after the other. start : (N,), where the window's image begins in them.
    image_sizes : (N, 2), its height and width. windows : (N, 4) int64 x1 y1 x2 y2; beyond the image all is 0. sizes :
    (N, 2), height and width that the window is brought to; of that rows : (N, 2), the first row that is wanted and the
    end. out : (P, 3) float32. first, pitch : (N,), where in out the first wanted row begins, and how far apart rows
    are.
    """
    tasks = np.zeros(len(windows) + 1, np.int64)
    tasks[1:] = np.cumsum(rows[:, 1] - rows[:, 0])
    for task in prange(tasks[-1]):
        n = np.searchsorted(tasks, task, side="right") - 1
        y = rows[n, 0] + task - tasks[n]
        x1, y1, x2, y2 = windows[n]
        height, width = sizes[n]
        top = y1 + (y * (y2 - y1)) // height
        bottom = y1 - (-(y + 1) * (y2 - y1)) // height
        image_height, image_width = image_sizes[n]
        # The sum of what lies beyond the border is that at the border.
        upper = start[n] + min(max(top, 0), image_height) * (image_width + 1)
        lower = start[n] + min(max(bottom, 0), image_height) * (image_width + 1)
        target = first[n] + (task - tasks[n]) * pitch[n]
        _row(sums, upper, lower, np.float32(bottom - top), x1, x2 - x1, image_width, width, out, target)


@njit(cache=True)
def _row(
    sums: np.ndarray,
    upper: int,
    lower: int,
    rows: np.float32,
    x1: int,
    length: int,
    image_width: int,
    width: int,
    out: np.ndarray,
    target: int,
) -> None:
    """A row of ``width`` means over ``length`` pixels from x1 on, between two rows of sums.

    The span of pixel x, from floor(x length / width) to ceil((x + 1) length / width), is moved on without a division.
    """
    whole, rest = length // width, length % width
    left, over = x1, 0
    for x in range(width):
        right, over = left + whole, over + rest
        if over >= width:
            right, over = right + 1, over - width
        end = right + (over > 0)
        share = np.float32(1) / (rows * np.float32(end - left))
        a, b = min(max(left, 0), image_width), min(max(end, 0), image_width)
        for c in range(3):
            # Sums of large images have wrapped around; their difference, in 32 bits, is right all the same.
            total = sums[lower + b, c] - sums[lower + a, c] - sums[upper + b, c] + sums[upper + a, c]
            out[target + x, c] = np.float32(np.int32(total)) * share
        left = right
