"""From what a network says about its anchors to faces: threshold, the best few, boxes, non-maximum suppression."""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from eigen2arc.core.types import Faces

from .box_codec import decode_boxes, decode_points
from .heads import Predictions
from .nms import suppress


def to_faces(
    predictions: Predictions,
    anchors: Tensor,
    *,
    threshold: float,
    nms_threshold: float,
    most_candidates: int,
    min_size_px: float = 0.0,
) -> list[Faces]:
    """One Faces with landmarks for each of the B images, best first, in pixels of what the network saw.

    anchors : (A, 4), on the device of the predictions. threshold : least probability of a face. most_candidates : so
    many of an image's anchors, the best, are looked at any further. min_size_px : least width and height of a box.
    nms_threshold : of two boxes with a higher intersection over union the worse is dropped.
    """
    probability = predictions.probability
    image, anchor = _best(probability, threshold, most_candidates)
    own = anchors[anchor]
    found = (
        decode_boxes(predictions.boxes[image, anchor], own),
        probability[image, anchor],
        decode_points(predictions.points[image, anchor], own),
        image,
    )
    boxes, scores, points, image_ = (part.cpu().numpy() for part in found)
    large = np.flatnonzero((boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=np.inf) >= min_size_px)
    kept = large[suppress(boxes[large], scores[large], image_[large], nms_threshold)]
    ends = np.searchsorted(image_[kept], np.arange(len(probability) + 1))
    rows = [kept[start:end] for start, end in pairwise(ends)]
    return [Faces(boxes[row], scores[row], points[row]) for row in rows]


def _best(probability: Tensor, threshold: float, most: int) -> tuple[Tensor, Tensor]:
    """Image and anchor (K,) of the probabilities (B, A) that pass; image by image, best first."""
    image, anchor = (probability >= threshold).nonzero(as_tuple=True)
    order = probability[image, anchor].argsort(descending=True, stable=True)
    order = order[image[order].argsort(stable=True)]
    image, anchor = image[order], anchor[order]
    rank = torch.arange(len(image), device=image.device) - torch.searchsorted(image, image)
    passed = rank < most
    return image[passed], anchor[passed]
