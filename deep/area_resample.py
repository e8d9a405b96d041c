"""Resampling by area averages, for whole images and for many crops at once, from one integral image.

The value of an output pixel is the mean of all input pixels that its area touches: of n input and m output pixels a
side, output pixel i averages the inputs floor(i n / m) to ceil((i + 1) n / m), the end exclusive. That is torch's
``interpolate(mode="area")``. There every crop costs one call; from an integral image (Crow 1984) all crops of all
images cost four look-ups a pixel, whatever their size, and as the sums are whole numbers the result is the same.
"""

import torch
from torch import Tensor


def integral_images(images: Tensor) -> Tensor:
    """(B, H, W, C) uint8 to (B, H + 1, W + 1, C) int32: the sum of all pixels above and left of a corner.

    The sums of very large images wrap around; the differences of them that are wanted do not.
    """
    batch, height, width, channels = images.shape
    sums = torch.zeros((batch, height + 1, width + 1, channels), dtype=torch.int32, device=images.device)
    torch.cumsum(images, dim=2, dtype=torch.int32, out=sums[:, 1:, 1:])
    torch.cumsum(sums, dim=1, dtype=torch.int32, out=sums)
    return sums


def _spans(start: Tensor, length: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """(...) int64 start and length of an interval of pixels to first and end (..., size) of the pixels to average."""
    i = torch.arange(size, device=start.device)
    length = length[..., None]
    first = (i * length) // size
    end = -((-(i + 1) * length) // size)
    return start[..., None] + first, start[..., None] + end


def resample_images(sums: Tensor, height: int, width: int) -> Tensor:
    """Whole images to (B, height, width, C) float32, 0..255. sums : see integral_images."""
    zero = torch.zeros((), dtype=torch.int64, device=sums.device)
    top, bottom = _spans(zero, zero + sums.shape[1] - 1, height)
    left, right = _spans(zero, zero + sums.shape[2] - 1, width)
    rows = sums[:, bottom] - sums[:, top]
    total = rows[:, :, right] - rows[:, :, left]
    return total / (bottom - top)[:, None, None] / (right - left)[:, None]


def resample_crops(sums: Tensor, image: Tensor, windows: Tensor, size_px: int) -> Tensor:
    """Crops to (N, size_px, size_px, C) float32, 0..255.

    sums : see integral_images. image : (N,) int64, which of the B images. windows : (N, 4) int64 x1 y1 x2 y2, right and
    bottom exclusive, within the image and not empty.
    """
    _, height, width, channels = sums.shape
    x1, y1, x2, y2 = windows.unbind(dim=1)
    left, right = _spans(x1, x2 - x1, size_px)
    top, bottom = _spans(y1, y2 - y1, size_px)
    corners = sums.view(-1, channels)
    start = (image * (height * width))[:, None, None]
    upper, lower = start + (top * width)[:, :, None], start + (bottom * width)[:, :, None]
    left_, right_ = left[:, None, :], right[:, None, :]
    total = corners[lower + right_] - corners[lower + left_] - corners[upper + right_] + corners[upper + left_]
    return total / (bottom - top)[:, :, None, None] / (right - left)[:, None, :, None]
