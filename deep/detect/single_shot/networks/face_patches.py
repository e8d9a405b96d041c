"""What DenseBox is shown in training: patches in whose middle a face has the one size that the network knows.

Huang et al., "DenseBox", 2015, section 3.1 and 3.3: half of the patches are cut around a face, brought to 50 pixels
in a patch of 240, jittered by 25 pixels and a factor of 0.8 to 1.25; the other half are cut anywhere.
"""

import numpy as np

from eigen2arc.core.geometry import warp
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.data.augment import augment_picture, exposed_and_mirrored, in_square

#: Height of a face, in pixels.
FACE_PX = 50

#: How far a face's middle lies from the patch's at most, in sides of the patch, and how much larger or smaller it is.
SHIFT, ZOOM = 25 / 240, 1.25

#: Faces of fewer pixels are not enlarged: there is nothing to see on them.
LEAST_PX = 10.0


def cut_patch(image: np.ndarray, faces: Faces, size_px: int, rng: np.random.Generator) -> tuple[np.ndarray, Faces]:
    """(H, W, 3) uint8 RGB to (size_px, size_px, 3), black beyond the image, and the faces in it.

    The faces' scores are those of augment_picture.
    """
    height = faces.boxes[:, 3] - faces.boxes[:, 1]
    known = np.flatnonzero((faces.scores > 0) & (height >= LEAST_PX))
    if len(known) == 0 or rng.random() < 0.5:
        return augment_picture(image, faces, size_px, rng)
    chosen = rng.choice(known)
    zoom = FACE_PX / height[chosen] * np.exp(rng.uniform(-1, 1) * np.log(ZOOM))
    side = size_px / zoom
    middle = (faces.boxes[chosen, :2] + faces.boxes[chosen, 2:]) / 2
    corner = middle + (rng.uniform(-SHIFT, SHIFT, 2) - 0.5) * side
    # The middle of the first pixel is at 1/2 in boxes, and at 0 for warp.
    move = zoom * (0.5 - corner) - 0.5
    patch = warp(image, np.array([[zoom, 0, move[0]], [0, zoom, move[1]]]), size_px)
    return exposed_and_mirrored(patch, in_square(faces, corner, side, zoom), rng)
