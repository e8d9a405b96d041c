"""Shapes of P points: their place, scale and rotation against a mean shape, mirror images, and errors.

Points of the plane are complex numbers here, x + iy: a similarity that takes one shape to another is z -> c z + t, and
both its scale and its rotation are the one number c.
"""

import numpy as np

#: What a point of core.types.LANDMARK_NAMES is called once the image is mirrored.
MIRRORED = (1, 0, 2, 4, 3)


def to_complex(points: np.ndarray) -> np.ndarray:
    """(..., 2) x y to (...) complex."""
    return points[..., 0] + 1j * points[..., 1]


def to_points(numbers: np.ndarray) -> np.ndarray:
    """(...) complex to (..., 2) x y."""
    return np.stack([numbers.real, numbers.imag], axis=-1)


def scale_rotation(shapes: np.ndarray, mean_shape: np.ndarray) -> np.ndarray:
    """(M, P, 2) shapes to (M,) complex c of the least-squares similarity from mean_shape (P, 2) to each of them."""
    z, mean = to_complex(shapes), to_complex(mean_shape)
    mean = mean - mean.mean()
    return (z - z.mean(axis=1, keepdims=True)) @ mean.conj() / np.sum(np.abs(mean) ** 2)


def mirror(windows: np.ndarray, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, S, S) windows and their five points (N, 5, 2), as a mirror shows them: the left eye becomes the right one."""
    mirrored = shapes[:, MIRRORED].copy()
    mirrored[..., 0] = windows.shape[2] - 1 - mirrored[..., 0]
    return np.ascontiguousarray(windows[:, :, ::-1]), mirrored


def errors_by_eye_distance(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(M, 5, 2) points found and true to (M, 5): how far apart, over the distance between the true eyes."""
    eyes = np.linalg.norm(true[:, 1] - true[:, 0], axis=-1)
    return np.linalg.norm(found - true, axis=-1) / eyes[:, None]
