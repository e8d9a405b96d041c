"""MTCNN's first stage: P-Net over the pyramids of a batch of images, and what it fires on as candidate boxes.

Zhang et al. 2016, section II.A. Everything stays on the device.
"""

import torch
from torch import Tensor

from eigen2arc.deep.ops.area_resample import IntegralImages, LookUps, means_at, resample_images
from eigen2arc.deep.ops.nms import suppress

from .boxes import regress, to_squares
from .gpu_networks import GpuNetwork
from .networks import PNet
from .pyramid import STRIDE_PX, WINDOW_PX, Layout, Strip


def normalize(pixels: Tensor) -> Tensor:
    """Normalize pixels (N, H, W, 3) of 0..255 to what the networks take: (N, 3, H, W), about -1..1. Works in place."""
    return pixels.sub_(127.5).mul_(1 / 128).permute(0, 3, 1, 2)


def propose_boxes(
    pnet: PNet | GpuNetwork, images: IntegralImages, layout: Layout, threshold: float
) -> tuple[Tensor, Tensor]:
    """Propose square candidate boxes (N, 4) float32 of a batch, and their image (N,) int64, image by image."""
    fired = [_fired(pnet, images, layout, strip, threshold) for strip in layout.strips]
    boxes, scores, offsets, level = (torch.cat(column) for column in zip(*fired, strict=True))
    image = layout.image[level]
    # Best first within a level, level after level: that decides between equal scores of an image.
    kept = suppress(boxes, scores, level, 0.5)
    kept = kept[suppress(boxes[kept], scores[kept], image[kept], 0.7)]
    return to_squares(regress(boxes[kept], offsets[kept], 0)), image[kept]


def draw_canvas(images: IntegralImages, strip: Strip, between: float = 0.0) -> Tensor:
    """Draw what lies on a strip, (h, w, 3) float32, 0..255. between : what lies between the levels."""
    pixels = torch.full((*strip.size, 3), between, device=images.sums.device)
    if isinstance(strip.parts, LookUps):
        means_at(images.sums, strip.parts, pixels)
    else:
        resample_images(images, strip.parts, pixels)
    return pixels


def _fired(
    pnet: PNet | GpuNetwork, images: IntegralImages, layout: Layout, strip: Strip, threshold: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where P-Net fires: boxes (K, 4) in pixels of the image, scores (K,), offsets (K, 4) and level (K,)."""
    pixels = draw_canvas(images, strip)
    probability, offsets = pnet(normalize(pixels[None]), strip.repeat)
    row, column = ((probability[0] >= threshold) & (strip.owner >= 0)).nonzero(as_tuple=True)
    level = strip.owner[row, column]
    corner = torch.stack([STRIDE_PX * column, STRIDE_PX * row + strip.top], dim=1) - layout.corner[level]
    scale = layout.scale[level, None]
    boxes = torch.cat([((corner + 1) / scale).floor(), ((corner + WINDOW_PX) / scale).floor()], dim=1)
    return boxes, probability[0, row, column], offsets[0, :, row, column].T, level
