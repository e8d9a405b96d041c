"""Two eyes in a face's box, from an eye cascade's windows: the surest pair that could be a pair of eyes."""

import itertools

import numpy as np

#: Where eyes lie in a frontal face's box, as shares of its side: apart from each other, and the slope between them.
DISTANCE_RANGE = (0.25, 0.6)
MAX_SLOPE = 0.35

#: How far from the box's middle the point between the eyes may lie, as a share of the side.
MAX_SHIFT = 0.15


def eye_pair(boxes: np.ndarray, weights: np.ndarray, face_side_px: float) -> np.ndarray:
    """Choose two eyes.

    boxes : (N, 4) x y width height of candidates, seen from the face box's corner. weights : (N,), higher is surer.
    Returns (2, 2) float64, the centres x y of the eye on the left and of that on the right in the image; NaN where no
    two candidates lie as eyes do. Of several pairs the one with the largest sum of weights is taken.
    """
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    best, chosen = -np.inf, np.full((2, 2), np.nan)
    for a, b in itertools.combinations(range(len(boxes)), 2):
        left, right = sorted((a, b), key=lambda i: centres[i, 0])
        across, down = centres[right] - centres[left]
        middle = (centres[left, 0] + centres[right, 0]) / 2
        if (
            DISTANCE_RANGE[0] * face_side_px <= across <= DISTANCE_RANGE[1] * face_side_px
            and abs(down) <= MAX_SLOPE * across
            and abs(middle - face_side_px / 2) <= MAX_SHIFT * face_side_px
            and weights[a] + weights[b] > best
        ):
            best, chosen = weights[a] + weights[b], centres[[left, right]]
    return chosen
