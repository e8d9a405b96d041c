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


#: Where dlib's face chip has the five points, as shares of its side without the padding: the mean shape of its 68
#: points, and there the middles of the eyes and the mouth corners. It is drawn for what surrounds the points of the
#: nose, of which the tip is none: that stays free.
DLIB_MEAN_SHAPE = np.array([[0.2273, 0.2214], [0.7528, 0.2212], [np.nan, np.nan], [0.2541, 0.7802], [0.7261, 0.7802]])

#: How much dlib's network sees around that square on each side, as a share of the square.
DLIB_PADDING = 0.25


def dlib_points(size_px: int) -> np.ndarray:
    """Return where dlib's face chip of ``size_px`` has the five points: (5, 2) float64 x y; NaN for the nose."""
    return (DLIB_MEAN_SHAPE + DLIB_PADDING) / (1 + 2 * DLIB_PADDING) * size_px


def points_in_boxes(boxes: np.ndarray) -> np.ndarray:
    """Return the (N, 5, 2) points that an upright average face has in boxes (N, 4)."""
    x1, y1, x2, y2 = TEMPLATE_BOX_112
    relative = (TEMPLATE_112 - [x1, y1]) / [x2 - x1, y2 - y1]
    return np.asarray(boxes[:, None, :2] + relative * (boxes[:, None, 2:] - boxes[:, None, :2]))


def align_points(image: np.ndarray, faces: Faces, template: np.ndarray, size_px: int) -> np.ndarray:
    """Cut crops in which the points lie, in the least-squares sense, where the template has them.

    template : (5, 2) x y in the crop; points that are NaN in it, or in a face, are left out. With fewer than two
    different points the average points in the box stand in. Returns (N, size_px, size_px, 3) uint8.
    """
    average = points_in_boxes(faces.boxes)
    known = average if faces.landmarks is None else faces.landmarks
    wanted = np.isfinite(template).all(axis=1)
    crops = np.zeros((len(faces), size_px, size_px, 3), np.uint8)
    for crop, points, fallback in zip(crops, known, average, strict=True):
        seen = wanted & np.isfinite(points).all(axis=1)
        if len(np.unique(points[seen], axis=0)) < 2:
            points, seen = fallback, wanted
        if len(np.unique(points[seen], axis=0)) < 2:
            continue  # a box without extent: there is nothing to cut out, the crop stays black
        crop[:] = warp(image, similarity_transform(points[seen], template[seen]), size_px)
    return crops
