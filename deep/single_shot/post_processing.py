"""From what a network says about its anchors to faces: threshold, the best few, boxes, non-maximum suppression."""

import torch
from torch import Tensor

from eigen2arc.core.types import Faces
from eigen2arc.deep.suppression import suppress

from .box_codec import decode_boxes, decode_points
from .heads import Predictions


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
    boxes = decode_boxes(predictions.boxes[image, anchor], own)
    large = ((boxes[:, 2:] - boxes[:, :2]) >= min_size_px).all(dim=1)
    boxes, image, anchor, own = boxes[large], image[large], anchor[large], own[large]
    kept = suppress(boxes, probability[image, anchor], image, nms_threshold)
    image, anchor = image[kept], anchor[kept]
    points = decode_points(predictions.points[image, anchor], own[kept])
    found = boxes[kept], probability[image, anchor], points, image
    xyxy, scores, xy, of = (part.cpu().numpy() for part in found)
    return [Faces(xyxy[of == i], scores[of == i], xy[of == i]) for i in range(len(probability))]


def _best(probability: Tensor, threshold: float, most: int) -> tuple[Tensor, Tensor]:
    """Image and anchor (K,) of the probabilities (B, A) that pass; image by image, best first."""
    image, anchor = (probability >= threshold).nonzero(as_tuple=True)
    order = probability[image, anchor].argsort(descending=True, stable=True)
    order = order[image[order].argsort(stable=True)]
    image, anchor = image[order], anchor[order]
    rank = torch.arange(len(image), device=image.device) - torch.searchsorted(image, image)
    passed = rank < most
    return image[passed], anchor[passed]
