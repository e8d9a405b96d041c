"""No detector: one face in every image, in the same place, for sets whose faces are already in place.

ORL is cut to the face; in LFW's aligned editions each face has been moved to the middle of its image. What a detector
would add there is its mistakes.
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Length, Share
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces

WHOLE = (0.0, 0.0, 1.0, 1.0)


class FixedBox:
    """The detector that gives one box for every image.

    box : (4,) x1 y1 x2 y2 as shares of the image's width and height. The score is 1; no landmarks.
    """

    def __init__(self, box: np.ndarray) -> None:
        self.box = box

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Return one Faces of length 1 for each uint8 RGB image, whatever it shows."""
        found = []
        for i, image in enumerate(images):
            height, width = check_image(image, f"images[{i}]")
            found.append(Faces(self.box[None] * [width, height, width, height], np.ones(1)))
        return found


def build(*, box: Annotated[Sequence[Share], Length(4, 4)] = WHOLE) -> FixedBox:
    """Build the detector that gives a fixed box.

    box : [x1, y1, x2, y2] as shares of the image's width and height; the whole image if it is not given. Raises
    UserError for a box without extent.
    """
    shares = np.array(box, np.float64)
    if (shares[:2] >= shares[2:]).any():
        raise UserError(f"fixed_box: box: expected [x1, y1, x2, y2] with x1 < x2 and y1 < y2, got {box!r}")
    return FixedBox(shares)
