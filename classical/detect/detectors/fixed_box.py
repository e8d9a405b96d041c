"""No detector: one face in every image, in the same place, for sets whose faces are already in place.

ORL is cut to the face; in LFW's aligned editions each face has been moved to the middle of its image. What a detector
would add there is its mistakes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Length, Share
from eigen2arc.core.checks import check_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces

WHOLE = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class FixedBox:
    """The detector that gives one box for every image. The score is 1; no landmarks.

    box : [x1, y1, x2, y2] as shares of the image's width and height; the whole image if it is not given; its score is
    1.
    """

    box: Annotated[Sequence[Share], Length(4, 4)] = WHOLE

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.box
        if x1 >= x2 or y1 >= y2:
            raise UserError(f"fixed_box: box: expected [x1, y1, x2, y2] with x1 < x2 and y1 < y2, got {self.box!r}")

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Return one Faces of length 1 for each uint8 RGB image, whatever it shows."""
        found = []
        for i, image in enumerate(images):
            height, width = check_image(image, f"images[{i}]")
            found.append(Faces(np.array([self.box], np.float64) * [width, height, width, height], np.ones(1)))
        return found


build = FixedBox
