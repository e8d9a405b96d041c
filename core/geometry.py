"""Boxes and planar transforms: IoU, non-maximum suppression, the similarity transform between point sets, warping.

IoU and suppression are ours, because core has no torch, and with it not torchvision's.
"""

import cv2
import numpy as np

from .checks import check_shape


def area(boxes: np.ndarray) -> np.ndarray:
    """Compute the areas (...,) of boxes (..., 4) x1 y1 x2 y2 in square pixels; 0 for an inverted box."""
    areas: np.ndarray = np.clip(boxes[..., 2] - boxes[..., 0], 0, None) * np.clip(
        boxes[..., 3] - boxes[..., 1], 0, None
    )
    return areas


def intersection(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compute the areas (N, M) that boxes (N, 4) and (M, 4) share, in square pixels."""
    check_shape(a, "N 4", "a")
    check_shape(b, "M 4", "b")
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.asarray(np.prod(np.clip(bottom_right - top_left, 0, None), axis=2))


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compute the intersection over union (N, M), 0..1, of boxes (N, 4) and (M, 4); 0 where both are empty."""
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def nms(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> np.ndarray:
    """Suppress all but the best of boxes that overlap: greedy non-maximum suppression.

    The best box stays, all that overlap it by more than the threshold are dropped, and so on.
    boxes (N, 4), scores (N,), threshold an IoU 0..1. Returns the row numbers that stay, best first; of equal scores the
    earlier row comes first.
    """
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        order = rest[iou(boxes[best : best + 1], boxes[rest])[0] <= threshold]
    return np.array(kept, dtype=np.int64)


def similarity_transform(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Find the least-squares similarity (rotation, uniform scale, shift; no mirror) that takes source to target points.

    source, target : (K, 2), K >= 2 different points. Returns (2, 3) float64, to be applied to column vectors (x, y, 1).
    Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 1991;
    in the plane the rotation and scale c R are one complex number, and eq. (40)-(42) become one division.
    Raises ValueError if all source points are the same.
    """
    check_shape(source, "K 2", "source")
    check_shape(target, f"{len(source)} 2", "target")
    x = source[:, 0].astype(np.float64) + 1j * source[:, 1]
    y = target[:, 0].astype(np.float64) + 1j * target[:, 1]
    x_centred, y_centred = x - x.mean(), y - y.mean()
    variance = np.sum(np.abs(x_centred) ** 2)
    if not variance > 0:
        raise ValueError("source: all points are the same, so that no scale or rotation can be found")
    c = np.sum(np.conj(x_centred) * y_centred) / variance
    t = y.mean() - c * x.mean()
    return np.array([[c.real, -c.imag, t.real], [c.imag, c.real, t.imag]])


def warp(image: np.ndarray, transform: np.ndarray, size_px: int, *, repeat_border: bool = False) -> np.ndarray:
    """Resample an image into a (size_px, size_px, 3) crop; what lies outside the image is black.

    transform : (2, 3), takes image points to crop points. repeat_border : outside the image are its outermost pixels
    instead, so that there is no edge. Bilinear. Where the crop is much smaller than the face, the image is first halved
    (area average) until it is not, because bilinear sampling alone would alias.
    """
    scale = np.sqrt(abs(np.linalg.det(transform[:, :2])))
    while scale < 0.5 and min(image.shape[:2]) > 1:
        height, width = image.shape[:2]
        small = cv2.resize(image, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
        # A pixel centre u of the small image lies at (u + 1/2) * width / small_width - 1/2 of the large one.
        sx, sy = width / small.shape[1], height / small.shape[0]
        grow = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])
        image, transform = small, transform @ grow
        scale *= 2
    border = cv2.BORDER_REPLICATE if repeat_border else cv2.BORDER_CONSTANT
    return cv2.warpAffine(image, transform, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=border)
