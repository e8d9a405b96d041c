"""Shapes of P points: their position, scale and rotation against a mean shape, mirror images, and errors.

Points of the plane are complex numbers here, x + iy: a similarity that takes one shape to another is z -> c z + t, and
both its scale and its rotation are the one number c.
"""

import numpy as np

#: What a point of core.types.LANDMARK_NAMES is called once the image is mirrored.
MIRRORED = (1, 0, 2, 4, 3)


def to_complex(points: np.ndarray) -> np.ndarray:
    """Convert points (..., 2) x y to complex numbers (...)."""
    return points[..., 0] + 1j * points[..., 1]


def to_points(numbers: np.ndarray) -> np.ndarray:
    """Convert complex numbers (...) to points (..., 2) x y."""
    return np.stack([numbers.real, numbers.imag], axis=-1)


def scale_rotation(shapes: np.ndarray, mean_shape: np.ndarray) -> np.ndarray:
    """Fit the least-squares similarity from mean_shape (P, 2) to each of shapes (M, P, 2): its c (M,) complex."""
    z, mean = to_complex(shapes), to_complex(mean_shape)
    mean = mean - mean.mean()
    return (z - z.mean(axis=1, keepdims=True)) @ mean.conj() / np.sum(np.abs(mean) ** 2)


def mirror(windows: np.ndarray, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mirror (N, S, S) windows and their five points (N, 5, 2): the left eye becomes the right one."""
    mirrored = shapes[:, MIRRORED].copy()
    mirrored[..., 0] = windows.shape[2] - 1 - mirrored[..., 0]
    return np.ascontiguousarray(windows[:, :, ::-1]), mirrored


def errors_by_eye_distance(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Measure how far points found (M, 5, 2) are from the true ones, over the true eyes' distance: (M, 5)."""
    eyes = np.linalg.norm(true[:, 1] - true[:, 0], axis=-1)
    return np.linalg.norm(found - true, axis=-1) / eyes[:, None]
