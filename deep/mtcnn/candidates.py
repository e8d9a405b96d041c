"""MTCNN's first stage: P-Net over an image pyramid, and what it fires on as candidate boxes.

Zhang et al. 2016, section II.A: the image is scaled so that the smallest face fills P-Net's window of 12 pixels, then
by a factor again and again; P-Net slides over every level at once, being fully convolutional.
"""

import numpy as np
import torch
from torch import Tensor

from eigen2arc.deep.area_resample import resample_images
from eigen2arc.deep.mtcnn.boxes import regress, suppress, to_squares
from eigen2arc.deep.mtcnn.networks import PNet

WINDOW_PX = 12
STRIDE_PX = 2


def pyramid_scales(height_px: int, width_px: int, min_size_px: float, factor: float) -> list[float]:
    """The scales at which a face of min_size_px, then one larger by 1 / factor, and so on fills P-Net's window."""
    scale = WINDOW_PX / min_size_px
    shorter = min(height_px, width_px) * scale
    scales = []
    while shorter >= WINDOW_PX:
        scales.append(scale)
        scale *= factor
        shorter *= factor
    return scales


def normalise(pixels: Tensor) -> Tensor:
    """(N, H, W, 3) of 0..255 to what the networks take: (N, 3, H, W), about -1..1. Works in place."""
    return pixels.sub_(127.5).mul_(1 / 128).permute(0, 3, 1, 2)


def candidates(
    pnet: PNet, sums: Tensor, min_size_px: float, factor: float, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """Square candidate boxes of a batch of images.

    sums : the images' integrals (B, H + 1, W + 1, 3). Returns boxes (N, 4) float32 and image (N,) int64.
    """
    scales = pyramid_scales(sums.shape[1] - 1, sums.shape[2] - 1, min_size_px, factor)
    # All levels are sent to the device before the first result is waited for.
    maps = [pnet(normalise(_level(sums, scale))) for scale in scales]
    fired = [_fired(p, offsets, s, threshold) for (p, offsets), s in zip(maps, scales, strict=True)]
    if not fired:
        return np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
    boxes, scores, offsets, image = (np.concatenate(parts) for parts in zip(*fired, strict=True))
    level = np.repeat(np.arange(len(fired)), [len(part[0]) for part in fired])

    kept = suppress(boxes, scores, image * len(fired) + level, 0.5)
    # Back to the order of the levels, which decides between equal scores.
    kept = kept[np.argsort(level[kept], kind="stable")]
    kept = kept[suppress(boxes[kept], scores[kept], image[kept], 0.7)]
    return to_squares(regress(boxes[kept], offsets[kept], 0)), image[kept]


def _level(sums: Tensor, scale: float) -> Tensor:
    height, width = sums.shape[1] - 1, sums.shape[2] - 1
    return resample_images(sums, int(height * scale + 1), int(width * scale + 1))


def _fired(
    probability: Tensor, offsets: Tensor, scale: float, threshold: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where P-Net fires: boxes (K, 4) in pixels of the image, scores (K,), offsets (K, 4) and image (K,)."""
    image, row, column = (probability >= threshold).nonzero(as_tuple=True)
    corner = STRIDE_PX * torch.stack([column, row], dim=1).float()
    boxes = torch.cat([((corner + 1) / scale).floor(), ((corner + WINDOW_PX) / scale).floor()], dim=1)
    found = (boxes, probability[image, row, column], offsets[image, :, row, column], image)
    boxes_, scores, offsets_, image_ = (part.cpu().numpy() for part in found)
    return boxes_, scores, offsets_, image_
