"""Windows on their way through the cascade: from all over the pyramid, a few of them to the end."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.deep.detect.mtcnn.boxes import to_windows
from eigen2arc.deep.detect.mtcnn.proposals import normalize
from eigen2arc.deep.detect.mtcnn.pyramid import WINDOW_PX, pyramid_scales
from eigen2arc.deep.ops.area_resample import IntegralImages, resample_crops

#: From one window to the next, in pixels of the level.
SPACING_PX = 4

#: Crops of so many pixels in all go through a network at once: on a processor their maps then stay in the cache.
CROP_PIXELS = {"cpu": 64 * 24**2, "cuda": 4096 * 24**2}


class Windows(NamedTuple):
    """Square candidate windows of a batch of images.

    boxes : (N, 4) float32, in pixels of their images, which they may reach over. image : (N,) int64. level : (N,)
    int64, the level of the pyramids that a window was found on; no two images share one.
    """

    boxes: Tensor
    image: Tensor
    level: Tensor

    def rows(self, kept: Tensor) -> "Windows":
        """Select the windows of a mask or of row indices."""
        return Windows(*(column[kept] for column in self))


def sliding_windows(
    shapes: Sequence[tuple[int, int]], min_size_px: float, factor: float, device: torch.device
) -> Windows:
    """Lay windows all over images of (height, width) ``shapes``: 12 pixels of a level, SPACING_PX apart.

    Section 3.2.1. Levels begin where a window has a side of min_size_px in the image. What does not fit a whole spacing
    is left at both borders alike: a face there is no farther from a window than one between two windows.
    """
    parts = [(np.zeros((0, 4), np.float32), 0, 0)]
    levels = [(i, scale) for i, shape in enumerate(shapes) for scale in pyramid_scales(*shape, min_size_px, factor)]
    for level, (i, scale) in enumerate(levels):
        y, x = (_window_starts(length * scale) / scale for length in shapes[i])
        corner = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
        parts.append((np.concatenate([corner, corner + WINDOW_PX / scale], axis=1), i, level))
    boxes, image, level_of = zip(*parts, strict=True)
    counts = [len(part) for part in boxes]
    columns = np.concatenate(boxes).astype(np.float32), np.repeat(image, counts), np.repeat(level_of, counts)
    return Windows(*(torch.from_numpy(column).to(device) for column in columns))


def _window_starts(length_px: float) -> np.ndarray:
    """Where windows begin along a side of a level."""
    # A level that is as long as a window may be shorter by the last bit.
    room = max(length_px - WINDOW_PX, 0.0)
    spacings, rest = divmod(room, SPACING_PX)
    return rest / 2 + SPACING_PX * np.arange(int(spacings) + 1)


def apply_network(network: nn.Module, size_px: int, sums: IntegralImages, windows: Windows) -> Tensor:
    """Compute a network's logits for all windows. They have to touch their image, see drop_outside()."""
    pixels, _ = _pixels(sums, windows)
    step = CROP_PIXELS[pixels.device.type] // size_px**2
    parts = zip(windows.image.split(step), pixels.split(step), strict=True)
    return torch.cat([network(normalize(resample_crops(sums, image, part, size_px))) for image, part in parts])


def drop_outside(sums: IntegralImages, windows: Windows) -> Windows:
    """Drop the windows that have no pixel of their image."""
    return windows.rows(_pixels(sums, windows)[1])


def _pixels(sums: IntegralImages, windows: Windows) -> tuple[Tensor, Tensor]:
    """See to_windows, which counts from 1; as mtcnn.training_data cuts them."""
    return to_windows(windows.boxes + windows.boxes.new_tensor([1.0, 1.0, 0.0, 0.0]), sums.size[windows.image])
