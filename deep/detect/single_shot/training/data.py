"""Annotated images in two parts, to train a detector on and to evaluate it on, and the batch of every step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.ops import box_iou

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.subset import training_part
from eigen2arc.core.types import Dataset, Faces, Images
from eigen2arc.deep.detect.single_shot.anchors.anchors import anchors
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE, to_corners
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme
from eigen2arc.deep.detect.single_shot.anchors.targets import Targets, encode_targets, stack_targets
from eigen2arc.deep.engine.prefetch import prefetched

#: An anchor that overlaps a face to be ignored by so much teaches nothing.
IGNORED_IOU = 0.35


@dataclass(frozen=True)
class DetectionData:
    """Training batches for a single-shot detector; the last ``held_out`` images are for validation.

    images, faces : images and their annotated faces; a face of score 0 is to be ignored.
    size_px : side of the squares that are cut out. scheme : the network's. seed : of order and augmentation.
    """

    images: Images
    faces: Sequence[Faces]
    held_out: int
    size_px: int
    scheme: Scheme
    batch_size: int
    seed: int

    def __post_init__(self) -> None:
        if self.trained_on < self.batch_size or self.held_out < 1:
            raise UserError(
                f"{self.trained_on} images would be trained on and {self.held_out} held out: "
                f"expected at least a batch of {self.batch_size}, and 1"
            )

    @property
    def trained_on(self) -> int:
        return len(self.images) - self.held_out

    def batch(self, step: int, part: int, parts: int) -> tuple[Tensor, ...]:
        """Draw the batch of a step: images (B, S, S, 3) uint8 and the three tensors of their Targets.

        An epoch is one shuffled pass. Order and augmentation follow from the seed and the step alone.
        """
        epoch, index = divmod(step, self.trained_on // self.batch_size)
        order = np.random.default_rng((self.seed, 0, epoch)).permutation(self.trained_on)
        rng = np.random.default_rng((self.seed, 1, step, part))
        rows = order[index * self.batch_size : (index + 1) * self.batch_size][part::parts]
        cut = [self.scheme.augment(self.images[i], self.faces[i], self.size_px, rng) for i in rows]
        own = anchors(self.size_px, self.size_px, self.scheme.levels)
        images = torch.from_numpy(np.stack([image for image, _ in cut]))
        return images, *stack_targets([anchor_targets(faces, own, self.scheme) for _, faces in cut])

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return prefetched(lambda step: self.batch(step, part, parts), steps)


def anchor_targets(faces: Faces, own: Tensor, scheme: Scheme) -> Targets:
    """Compute the targets of one image for a network of that scheme; its anchors there are ``own`` (A, 4)."""
    known = faces.scores > 0
    boxes = torch.from_numpy(faces.boxes.copy())
    matched = scheme.match(boxes[known], own)
    overlap = box_iou(boxes[~known], to_corners(own))
    ignored = (overlap > IGNORED_IOU).any(dim=0) & (matched == NEGATIVE)
    points = torch.full((len(faces), 5, 2), torch.nan)
    if faces.landmarks is not None:
        points = torch.from_numpy(faces.landmarks.copy())
    return encode_targets(torch.where(ignored, IGNORED, matched), boxes[known], points[known], own, scheme.codec)


def load_annotated(name: str, settings: Mapping[str, Any]) -> Dataset:
    """Build the training part of a set of images with annotated faces. Raises UserError for one that has none."""
    dataset = training_part(plugins.build("dataset", name, **settings))
    if dataset.faces is None:
        raise UserError(f"dataset {name} does not say where its faces are: nothing can be learned from it")
    return dataset
