"""Supervised descent: from a mean shape to a face's points, by a few learned linear steps (Xiong, De la Torre 2013).

Newton's method would move the points x by -H^-1 J^T (phi(x) - phi*), with a Hessian and a Jacobian that nobody can
differentiate out of SIFT. The method learns a descent direction R_k and a bias b_k for each step instead:

    x_{k+1} = x_k + R_k phi(x_k) + b_k

where phi(x) are the SIFT descriptors around the points. Here a step is taken in the frame of the present shape: patches
and steps turn and grow with the similarity c that takes the mean shape to it, so that one R_k serves all scales and
tilts of the head.

X. Xiong, F. De la Torre, "Supervised Descent Method and Its Applications to Face Alignment", CVPR 2013, section 3.2.
Each step is learned by one ridge regression: from what is seen around the points where they are now, to the way to
where they belong, over all faces and over Monte Carlo starts as a detector's boxes would give them:

    argmin_{R_k, b_k}  sum_i sum_{x_k^i} | Delta x_*^{ki} - R_k phi_k^i - b_k |^2
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.classical.linear.batch_invariant_product import fixed_order_product
from eigen2arc.classical.linear.ridge import fit_ridge
from eigen2arc.core.bounds import Ge, Le, Length, Positive, Seed
from eigen2arc.core.checks import check_shape
from eigen2arc.core.progress import progress_bars

from .face_shapes import errors_by_eye_distance, mirror, scale_rotation, to_complex, to_points
from .sift_at_points import sift_at_points


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
        """Locate the points (N, P, 2) float64, in pixels, in (N, S, S) uint8 grey face windows."""
        shapes = np.repeat(self.mean_shape[None].astype(np.float64), len(windows), axis=0)
        for step in range(len(self.spacings_px)):
            shapes = self.step(step, windows, np.arange(len(windows)), shapes)
        return shapes

    def step(self, k: int, windows: np.ndarray, owners: np.ndarray, shapes: np.ndarray) -> np.ndarray:
        """Take the step from x_k to x_{k+1}: row i of ``shapes`` (M, P, 2) lies in the window ``owners[i]``."""
        c = scale_rotation(shapes, self.mean_shape)
        phi = features(windows, owners, shapes, c, float(self.spacings_px[k]))
        moves = fixed_order_product(phi, self.descents[k].T) + self.biases[k]
        return moved(shapes, moves, c)


def features(
    windows: np.ndarray, owners: np.ndarray, shapes: np.ndarray, c: np.ndarray, spacing_px: float
) -> np.ndarray:
    """Compute phi(x): the descriptors (M, 128 P) around the points, rotated and scaled by c (M,) complex."""
    return sift_at_points(windows, owners, shapes, to_points(c * spacing_px))


def moved(shapes: np.ndarray, moves: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Move shapes (M, P, 2) by moves (M, 2 P) that are written in each shape's own frame."""
    return shapes + to_points(c[:, None] * to_complex(moves.reshape(shapes.shape)))


@dataclass(frozen=True)
class DescentSettings:
    """How a descent is learned.

    spacings_px : from one SIFT sample to the next, a number per step: from patches of nearly two eye distances, which
    find the face, to patches of half of one, which find the eye's corners. starts : how many a face is tried from.
    ridge : see classical/linear/ridge.py. seed : of the starts.
    """

    spacings_px: Annotated[tuple[Positive, ...], Length(1)] = (3.0, 2.0, 1.5, 1.2, 1.0, 0.8)
    starts: Annotated[int, Ge(1), Le(1000)] = 5
    ridge: Positive = 3e-4
    seed: Seed = 0


@dataclass(frozen=True)
class BoxErrors:
    """How faces lie in a detector's boxes: standard deviations around the mean shape.

    shift_px : (2,) of the points' centre in x and y. log_scale : of the logarithm of the size.
    """

    shift_px: np.ndarray
    log_scale: float

    @classmethod
    def of(cls, shapes: np.ndarray, mean_shape: np.ndarray) -> "BoxErrors":
        """Measure shapes (N, P, 2) in windows that were cut by the detector's boxes."""
        size = np.abs(scale_rotation(shapes, mean_shape))
        return cls(shapes.mean(axis=1).std(axis=0), float(np.log(size).std()))

    def draw(self, mean_shape: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the mean shape where other boxes of this detector would have put it: (count, P, 2)."""
        grow = np.exp(rng.normal(0.0, self.log_scale, (count, 1, 1)))
        shift = rng.normal(0.0, 1.0, (count, 1, 2)) * self.shift_px
        centre = mean_shape.mean(axis=0)
        return centre + grow * (mean_shape - centre) + shift


def fit_descent(
    windows: np.ndarray, shapes: np.ndarray, settings: DescentSettings
) -> tuple[SupervisedDescent, list[float]]:
    """Learn a descent from N faces and their mirror images.

    windows : (N, S, S) uint8 grey face windows. shapes : (N, 5, 2) the true points in them, in pixels. Returns the
    descent, and the mean error on what it learned from, in eye distances: at the start and after each step. Takes 2.6
    kB of memory for each start of each of the 2 N faces, for its descriptors.
    """
    n = check_shape(windows, "N S S", "windows")["N"]
    check_shape(shapes, f"{n} 5 2", "shapes")
    mirrored_windows, mirrored_shapes = mirror(windows, shapes)
    windows = np.concatenate([windows, mirrored_windows])
    true = np.concatenate([shapes, mirrored_shapes])
    mean_shape = true.mean(axis=0)
    boxes = BoxErrors.of(true, mean_shape)

    owners = np.repeat(np.arange(2 * n), settings.starts)
    true = true[owners]
    x = boxes.draw(mean_shape, len(owners), np.random.default_rng(settings.seed))
    errors = [float(errors_by_eye_distance(x, true).mean())]
    steps: list[tuple[np.ndarray, np.ndarray]] = []
    with progress_bars() as progress:
        for spacing_px in progress.track(settings.spacings_px, description="descent"):
            c = scale_rotation(x, mean_shape)
            phi = features(windows, owners, x, c, spacing_px)
            way = to_points((to_complex(true) - to_complex(x)) / c[:, None]).reshape(len(x), -1)
            descent, bias = fit_ridge(phi, way, settings.ridge)
            x = moved(x, phi @ descent.astype(np.float32) + bias, c)
            errors.append(float(errors_by_eye_distance(x, true).mean()))
            steps.append((descent, bias))
    descents, biases = (np.array(part, np.float32) for part in zip(*steps, strict=True))
    spacings_px = np.array(settings.spacings_px, np.float32)
    return SupervisedDescent(mean_shape.astype(np.float32), spacings_px, descents, biases), errors
