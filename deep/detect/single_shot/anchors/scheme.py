"""What a network's predictions are about. Every network has such a ``scheme``: training and detection both go by it."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from torch import Tensor

from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.data.augment import augment_image

from .anchors import Level
from .box_codec import CENTRE_AND_SIDES, BoxCodec
from .matching import match
from .scales import Scales, SingleScale

#: Boxes (G, 4) x1 y1 x2 y2 of faces and anchors (A, 4) to the number of each anchor's face; see matching.match.
Match: TypeAlias = Callable[[Tensor, Tensor], Tensor]

#: An image and its faces to a square of so many pixels; see data.augment.augment_image.
Augment: TypeAlias = Callable[[np.ndarray, Faces, int, np.random.Generator], tuple[np.ndarray, Faces]]


class Scheme(NamedTuple):
    """A single-shot network's anchors, and how it is trained on them and run.

    levels : of its anchors. match : which of them are to find a face. codec : how it says where a box is.
    augment : what it is given of an image in training. scales : at what scales it is run on an image.
    """

    levels: tuple[Level, ...]
    match: Match = match
    codec: BoxCodec = CENTRE_AND_SIDES
    augment: Augment = augment_image
    scales: Scales = SingleScale()
