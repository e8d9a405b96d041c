"""Resampling by area averages, for pyramids and for many crops at once, from one integral image.

The value of an output pixel is the mean of all input pixels that its area touches: of n input and m output pixels a
side, output pixel i averages the inputs floor(i n / m) to ceil((i + 1) n / m), the end exclusive. That is torch's
``interpolate(mode="area")``. There every crop costs one call; from an integral image (Crow 1984) all crops of all
images cost four look-ups a pixel, whatever their size, and as the sums are whole numbers the result is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from .area_gather import means_by_gather
from .area_kernels import area_means
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
        """Of (H, W, 3) uint8 images, in the memory ``scratch``: they hold until that is used again."""
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
    """Crops to (N, size_px, size_px, 3) float32, 0..255.

    image : (N,) int64, which of the B images. windows : (N, 4) int64 x1 y1 x2 y2, right and bottom exclusive, within
    the image and not empty.
    """
    n = len(windows)
    start, stride = images.start[image], images.size[image, 1] + 1
    if windows.device.type != "cpu":
        return means_by_gather(images.sums, start, stride, windows, (size_px, size_px))
    crops = torch.empty((n, size_px, size_px, 3))
    source = images.sums.numpy(), start.numpy(), stride.numpy(), windows.numpy()
    first, rows = np.arange(n) * size_px**2, np.tile([0, size_px], (n, 1))
    area_means(*source, np.full((n, 2), size_px), rows, crops.view(-1, 3).numpy(), first, np.full(n, size_px))
    return crops


@dataclass(frozen=True)
class Parts:
    """Where in a picture parts of resampled images go, for resample_images.

    image : (L,) int64, which of the B images. size : (L, 2), height and width that the whole image is brought to. rows
    : (L, 2), the first row of it that is wanted, and the end. corner : (L, 2), y and x where they begin. All int64.
    """

    image: np.ndarray
    size: np.ndarray
    rows: np.ndarray
    corner: np.ndarray


def resample_images(images: IntegralImages, parts: Parts, out: Tensor) -> None:
    """Bring whole images to other sizes, and put some rows of each into ``out``, (H, W, 3) float32, as 0..255.

    On a processor; on other devices area_gather.means_at does it.
    """
    pitch = np.full(len(parts.image), out.shape[1])
    start, size = images.start.numpy()[parts.image], images.size.numpy()[parts.image]
    windows = np.concatenate([np.zeros_like(size), size[:, ::-1]], axis=1)
    first = parts.corner[:, 0] * pitch + parts.corner[:, 1]
    source = (images.sums.numpy(), start, size[:, 1] + 1, windows)
    area_means(*source, parts.size, parts.rows, out.view(-1, 3).numpy(), first, pitch)
