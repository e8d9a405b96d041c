"""Where a face's five points lie in an upright crop, and in a box."""

import numpy as np

from .geometry import similarity_transform, warp
from .types import Faces

#: The five points in a 112x112 crop, in the order of LANDMARK_NAMES. ArcFace (Deng et al., CVPR 2019) and nearly all
#: public face encoders since SphereFace are trained on crops made with it.
TEMPLATE_112 = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)

#: The box that a detector draws around a face that lies in a 112x112 crop as the template says: where it finds no
#: points, they are put into its box in these proportions.
TEMPLATE_BOX_112 = np.array([16.0, 8.0, 96.0, 116.0])


def template_points(size_px: int, zoom: float = 1.0) -> np.ndarray:
    """Return where the five points lie in a crop of ``size_px``: (5, 2) float64 x y, in the order of LANDMARK_NAMES.

    zoom : 1 as in the template; below 1 the face is drawn smaller about the crop's centre, so that more of what is
    around it is seen: at 0.7 hair, ears and chin too. Above 1 the crop holds the middle of the face alone.
    """
    middle = 112 / 2
    return (TEMPLATE_112 * zoom + middle * (1 - zoom)) * (size_px / 112)


def points_in_boxes(boxes: np.ndarray) -> np.ndarray:
    """Return the (N, 5, 2) points that an upright average face has in boxes (N, 4)."""
    x1, y1, x2, y2 = TEMPLATE_BOX_112
    relative = (TEMPLATE_112 - [x1, y1]) / [x2 - x1, y2 - y1]
    return np.asarray(boxes[:, None, :2] + relative * (boxes[:, None, 2:] - boxes[:, None, :2]))


def align_points(image: np.ndarray, faces: Faces, size_px: int, use: slice, zoom: float = 1.0) -> np.ndarray:
    """Cut crops in which the points ``use`` lie, in the least-squares sense, where template_points() has them.

    Points that are NaN are left out. With fewer than two different points the average points in the box stand in.
    Returns (N, size_px, size_px, 3) uint8.
    """
    average = points_in_boxes(faces.boxes)
    known = average if faces.landmarks is None else faces.landmarks
    template = template_points(size_px, zoom)
    crops = np.zeros((len(faces), size_px, size_px, 3), np.uint8)
    for crop, points, fallback in zip(crops, known[:, use], average[:, use], strict=True):
        seen = np.isfinite(points).all(axis=1)
        if len(np.unique(points[seen], axis=0)) < 2:
            points, seen = fallback, np.ones(len(fallback), bool)
        if len(np.unique(points[seen], axis=0)) < 2:
            continue  # a box without extent: there is nothing to cut out, the crop stays black
        crop[:] = warp(image, similarity_transform(points[seen], template[use][seen]), size_px)
    return crops
