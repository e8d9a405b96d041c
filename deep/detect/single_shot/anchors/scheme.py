"""What a network's predictions are about. Every network has such a ``scheme``: training and detection both go by it."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from torch import Tensor

from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.data.augment import augment_picture

from .anchors import Level
from .box_codec import CENTRE_AND_SIDES, BoxCodec
from .matching import match
from .views import OneLook, Views

#: Boxes (G, 4) x1 y1 x2 y2 of faces and anchors (A, 4) to the number of each anchor's face; see matching.match.
Match: TypeAlias = Callable[[Tensor, Tensor], Tensor]

#: A picture and its faces to a square of so many pixels; see detection_augment.augment_picture.
Cut: TypeAlias = Callable[[np.ndarray, Faces, int, np.random.Generator], tuple[np.ndarray, Faces]]


class Scheme(NamedTuple):
    """levels : of its anchors. match : which of them are to find a face. codec : how it says where a box is.

    cut : what it is shown of a picture in training. views : at what sizes it looks at an image.
    """

    levels: tuple[Level, ...]
    match: Match = match
    codec: BoxCodec = CENTRE_AND_SIDES
    cut: Cut = augment_picture
    views: Views = OneLook()
