"""From a network's predictions to faces: threshold, the best few, boxes, non-maximum suppression."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.single_shot.anchors.box_codec import BoxCodec, decode_points
from eigen2arc.deep.detect.single_shot.networks.heads import Predictions
from eigen2arc.deep.ops.nms import suppress


class Candidates(NamedTuple):
    """K anchors of B images that may show a face.

    boxes : (K, 4) x1 y1 x2 y2 and points : (K, 5, 2), in pixels. scores : (K,), 0..1. image : (K,) int64.
    """

    boxes: Tensor
    points: Tensor
    scores: Tensor
    image: Tensor

    def scale(self, x: float, y: float) -> "Candidates":
        """Scale boxes and points into an image that is so many times as wide and as high."""
        grow = self.boxes.new_tensor([x, y])
        return self._replace(boxes=self.boxes * grow.repeat(2), points=self.points * grow)

    def select(self, chosen: Tensor) -> "Candidates":
        """Select the candidates of a mask or of indices, in that order."""
        return Candidates(*(part[chosen] for part in self))


def select_candidates(
    predictions: Predictions, anchors: Tensor, codec: BoxCodec, *, threshold: float, most: int
) -> Candidates:
    """Select the anchors of the B images that are probably a face, in pixels of what the network saw.

    anchors : (A, 4), on the device of the predictions. threshold : least probability. most : so many of an image, the
    best, are taken.
    """
    probability = predictions.probability
    image, anchor = _best(probability, threshold, most)
    own = anchors[anchor]
    boxes = codec.decode(predictions.boxes[image, anchor], own)
    points = decode_points(predictions.points[image, anchor], own)
    return Candidates(boxes, points, probability[image, anchor], image)


def to_faces(
    found: Sequence[Candidates], images: int, *, nms_threshold: float, min_size_px: float = 0.0
) -> list[Faces]:
    """Merge candidates to one Faces with landmarks for each of so many images, best first.

    found : at one or several scales of the same images, in the images' pixels. min_size_px : least width and height of
    a box. nms_threshold : of two boxes with a higher intersection over union the worse is dropped.
    """
    every = Candidates(*(torch.cat(parts) for parts in zip(*found, strict=True)))
    every = every.select(((every.boxes[:, 2:] - every.boxes[:, :2]) >= min_size_px).all(dim=1))
    kept = every.select(suppress(every.boxes, every.scores, every.image, nms_threshold))
    boxes, points, scores, of = (part.cpu().numpy() for part in kept)
    return [Faces(boxes[of == i], scores[of == i], points[of == i]) for i in range(images)]


def _best(probability: Tensor, threshold: float, most: int) -> tuple[Tensor, Tensor]:
    """Image and anchor (K,) of the probabilities (B, A) that pass; image by image, best first."""
    image, anchor = (probability >= threshold).nonzero(as_tuple=True)
    order = probability[image, anchor].argsort(descending=True, stable=True)
    order = order[image[order].argsort(stable=True)]
    image, anchor = image[order], anchor[order]
    rank = torch.arange(len(image), device=image.device) - torch.searchsorted(image, image)
    passed = rank < most
    return image[passed], anchor[passed]
