"""The batches that a network of the cascade is trained on, cut out of whole images when they are wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces, Images
from eigen2arc.deep.augment.crops import exposure
from eigen2arc.deep.detect.data.augment import MIRRORED_POINTS
from eigen2arc.deep.engine.prefetch import prefetched
from eigen2arc.deep.ops.area_resample import IntegralImages, resample_crops, see_image
from eigen2arc.deep.ops.scratch import Scratch

from .boxes import to_windows
from .training_windows import NEGATIVE, PART, POSITIVE, TrainingWindows, draw_windows, label_windows

#: So many images share a batch, and so many boxes are drawn in each kind of region of an image.
IMAGES_PER_BATCH, WINDOWS_PER_REGION = 16, 24

#: Samples of a batch, negative to positive to part of a face; Zhang et al. 2016, section III.A, with the landmark faces
#: among the positives, as here all images have points.
RATIO = {NEGATIVE: 3, POSITIVE: 2, PART: 1}


@dataclass(frozen=True)
class CascadeData:
    """Training batches for one cascade network; the last ``held_out`` images are for validation.

    images, faces : images and their annotated faces; a face of score 0 is to be ignored.
    found : per image the boxes (N, 4) that the networks before this one pass on, or nothing for the first network.
    least_px : smallest side of a window. size_px : side of the network's input. seed : of order and windows.
    """

    images: Images
    faces: Sequence[Faces]
    held_out: int
    found: Sequence[np.ndarray]
    least_px: float
    size_px: int
    batch_size: int
    seed: int
    scratch: Scratch = field(default_factory=lambda: Scratch(torch.device("cpu")), init=False)

    def __post_init__(self) -> None:
        if self.trained_on < IMAGES_PER_BATCH or self.held_out < 1:
            raise UserError(
                f"{self.trained_on} images would be trained on and {self.held_out} held out: "
                f"expected at least {IMAGES_PER_BATCH} and 1"
            )

    @property
    def trained_on(self) -> int:
        return len(self.images) - self.held_out

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return prefetched(lambda step: self.batch(step, part, parts), steps)

    def batch(self, step: int, part: int, parts: int) -> tuple[Tensor, ...]:
        """Draw the batch of a step: crops (N, S, S, 3) uint8 and the kind, offsets and points of TrainingWindows.

        All follow from the seed and the step.
        """
        epoch, index = divmod(step, self.trained_on // IMAGES_PER_BATCH)
        order = np.random.default_rng((self.seed, 0, epoch)).permutation(self.trained_on)
        rows = order[index * IMAGES_PER_BATCH : (index + 1) * IMAGES_PER_BATCH]
        return self.samples(rows, self.batch_size // parts, np.random.default_rng((self.seed, 1, step, part)))

    def held_out_batch(self) -> tuple[Tensor, ...]:
        """Draw samples of the images held out, always the same."""
        rows = np.arange(self.trained_on, len(self.images))
        return self.samples(rows, 32 * len(rows), np.random.default_rng((self.seed, 2)))

    def samples(self, rows: np.ndarray, count: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Draw about ``count`` samples of the images of those rows."""
        pool = [self._windows(i, rng) for i in rows]
        of = np.repeat(np.arange(len(rows)), [len(windows) for windows in pool])
        whole = TrainingWindows.concat(pool)
        chosen = _quota(whole.kind, count, rng)
        crops, seen = self._crops([self.images[i] for i in rows], of[chosen], whole.boxes[chosen])
        return _changed(crops, seen, whole[chosen], rng)

    def _windows(self, i: int, rng: np.random.Generator) -> TrainingWindows:
        height, width = self.images[i].shape[:2]
        drawn = draw_windows(self.faces[i], height, width, self.least_px, WINDOWS_PER_REGION, rng)
        return label_windows(np.concatenate([drawn, self.found[i]]) if len(self.found) else drawn, self.faces[i])

    def _crops(self, images: Sequence[np.ndarray], of: np.ndarray, boxes: np.ndarray) -> tuple[Tensor, Tensor]:
        """As the cascade cuts them: to whole pixels, 0 beyond the image; and (N, S, S) bool, what is not beyond it."""
        sums, image = IntegralImages.of(images, self.scratch), torch.from_numpy(of)
        windows, inside = to_windows(torch.from_numpy(boxes) + torch.tensor([1.0, 1, 0, 0]), sums.size[image])
        windows[~inside] = torch.tensor([0, 0, 1, 1])
        crops = resample_crops(sums, image, windows, self.size_px).round().byte()
        return crops, see_image(sums, image, windows, self.size_px)


def _quota(kind: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Rows in RATIO, about ``count`` in all; of a kind that there is too little of, all."""
    share = count / sum(RATIO.values())
    chosen = []
    for wanted, parts in RATIO.items():
        rows = np.flatnonzero(kind == wanted)
        chosen.append(rng.permutation(rows)[: round(parts * share)])
    return np.concatenate(chosen)


def _changed(crops: Tensor, seen: Tensor, windows: TrainingWindows, rng: np.random.Generator) -> tuple[Tensor, ...]:
    """Other exposures of what is seen of the images, and half of the samples mirrored."""
    mirror = rng.random(len(crops)) < 0.5
    pixels = np.stack([exposure(crop, rng) for crop in crops.numpy()]) * seen.numpy()[..., None]
    pixels[mirror] = pixels[mirror, :, ::-1]
    offsets, points = windows.offsets.copy(), windows.points.copy()
    offsets[mirror] = offsets[mirror][:, [2, 1, 0, 3]] * [-1, 1, -1, 1]
    points[mirror] = points[mirror][:, MIRRORED_POINTS] * [-1, 1] + [1, 0]
    return tuple(torch.from_numpy(part) for part in (pixels, windows.kind, offsets, points))
