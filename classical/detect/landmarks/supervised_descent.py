"""Supervised descent: from a mean shape to a face's points, by a few learned linear steps (Xiong, De la Torre 2013).

Newton's method would move the points x by -H^-1 J^T (phi(x) - phi*), with a Hessian and a Jacobian that nobody can
differentiate out of SIFT. The method learns a descent direction R_k and a bias b_k for each step instead:

    x_{k+1} = x_k + R_k phi(x_k) + b_k

where phi(x) are the SIFT descriptors around the points. Here a step is taken in the frame of the present shape: patches
and steps turn and grow with the similarity c that takes the mean shape to it, so that one R_k serves all scales and
tilts of the head.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eigen2arc.core.checks import check_shape

from .face_shapes import scale_rotation, to_complex, to_points
from .sift_at_points import sift_at_points

#: Rows of descriptors are multiplied in blocks of exactly this many, the last one filled up: a matrix product of
#: another shape adds in another order, and a face would get other points alone than among others.
BLOCK = 64


@dataclass(frozen=True)
class SupervisedDescent:
    """A fitted descent of K steps on P points; all tensors are float32.

    mean_shape : (P, 2), x_0, in pixels of a face window (classical/detect/landmarks/face_windows.py).
    spacings_px : (K,), from one SIFT sample to the next, in window pixels at the mean shape's scale.
    descents : (K, D, 2 P), R_k transposed, D = 128 P. biases : (K, 2 P), b_k.
    """

    #: As stored in a file: one pattern per tensor, see core.checks.check_shape.
    SHAPES: ClassVar[dict[str, str]] = {
        "mean_shape": "P 2",
        "spacings_px": "K",
        "descents": "K D C",
        "biases": "K C",
    }

    mean_shape: np.ndarray
    spacings_px: np.ndarray
    descents: np.ndarray
    biases: np.ndarray

    def __post_init__(self) -> None:
        k, p = len(self.spacings_px), len(self.mean_shape)
        check_shape(self.mean_shape, "P 2", "mean_shape")
        check_shape(self.descents, f"{k} {128 * p} {2 * p}", "descents")
        check_shape(self.biases, f"{k} {2 * p}", "biases")

    def tensors(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in self.SHAPES}

    def locate(self, windows: np.ndarray) -> np.ndarray:
        """(N, S, S) uint8 grey face windows to the points (N, P, 2) float64 in them, in pixels."""
        shapes = np.repeat(self.mean_shape[None].astype(np.float64), len(windows), axis=0)
        for step in range(len(self.spacings_px)):
            shapes = self.step(step, windows, np.arange(len(windows)), shapes)
        return shapes

    def step(self, k: int, windows: np.ndarray, owners: np.ndarray, shapes: np.ndarray) -> np.ndarray:
        """x_k to x_{k+1}: row i of ``shapes`` (M, P, 2) lies in the window ``owners[i]``."""
        c = scale_rotation(shapes, self.mean_shape)
        phi = features(windows, owners, shapes, c, float(self.spacings_px[k]))
        moves = _blockwise(phi, self.descents[k]) + self.biases[k]
        return moved(shapes, moves, c)


def features(
    windows: np.ndarray, owners: np.ndarray, shapes: np.ndarray, c: np.ndarray, spacing_px: float
) -> np.ndarray:
    """phi(x): the descriptors (M, 128 P) around the points, turned and scaled by c (M,) complex."""
    return sift_at_points(windows, owners, shapes, to_points(c * spacing_px))


def moved(shapes: np.ndarray, moves: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Shapes (M, P, 2) after moves (M, 2 P) that are written in each shape's own frame."""
    return shapes + to_points(c[:, None] * to_complex(moves.reshape(shapes.shape)))


def _blockwise(phi: np.ndarray, descent: np.ndarray) -> np.ndarray:
    """phi (M, D) times descent (D, C), a row's result depending on that row only."""
    product = np.empty((len(phi), descent.shape[1]), np.float32)
    block = np.zeros((BLOCK, phi.shape[1]), np.float32)
    for start in range(0, len(phi), BLOCK):
        rows = phi[start : start + BLOCK]
        block[: len(rows)] = rows
        product[start : start + len(rows)] = (block @ descent)[: len(rows)]
    return product
