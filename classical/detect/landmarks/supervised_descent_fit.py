"""Learning a supervised descent from faces whose points are known (Xiong, De la Torre, CVPR 2013, section 3.2).

Each step is one ridge regression: from what is seen around the points where they are now, to the way to where they
belong, over all faces and over Monte Carlo starts as a detector's boxes would give them:

    argmin_{R_k, b_k}  sum_i sum_{x_k^i} | Delta x_*^{ki} - R_k phi_k^i - b_k |^2
"""

from dataclasses import dataclass

import numpy as np

from eigen2arc.classical.linear.ridge import fit_ridge
from eigen2arc.core.checks import check_shape
from eigen2arc.core.progress import progress_bars

from .face_shapes import errors_by_eye_distance, mirror, scale_rotation, to_complex, to_points
from .supervised_descent import SupervisedDescent, features, moved


@dataclass(frozen=True)
class DescentSettings:
    """How a descent is learned.

    spacings_px : from one SIFT sample to the next, a number per step: from patches of nearly two eye distances, which
    find the face, to patches of half of one, which find the eye's corners. starts : how many a face is tried from.
    ridge : see classical/linear/ridge.py. seed : of the starts.
    """

    spacings_px: tuple[float, ...] = (3.0, 2.0, 1.5, 1.2, 1.0, 0.8)
    starts: int = 5
    ridge: float = 3e-4
    seed: int = 0


@dataclass(frozen=True)
class BoxErrors:
    """How faces lie in a detector's boxes: standard deviations around the mean shape.

    shift_px : (2,) of the points' centre in x and y. log_scale : of the logarithm of the size.
    """

    shift_px: np.ndarray
    log_scale: float

    @classmethod
    def of(cls, shapes: np.ndarray, mean_shape: np.ndarray) -> "BoxErrors":
        """Measured on shapes (N, P, 2) in windows that were cut by the detector's boxes."""
        size = np.abs(scale_rotation(shapes, mean_shape))
        return cls(shapes.mean(axis=1).std(axis=0), float(np.log(size).std()))

    def draw(self, mean_shape: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
        """(count, P, 2): the mean shape where other boxes of this detector would have put it."""
        grow = np.exp(rng.normal(0.0, self.log_scale, (count, 1, 1)))
        shift = rng.normal(0.0, 1.0, (count, 1, 2)) * self.shift_px
        centre = mean_shape.mean(axis=0)
        return centre + grow * (mean_shape - centre) + shift


def fit_descent(
    windows: np.ndarray, shapes: np.ndarray, settings: DescentSettings
) -> tuple[SupervisedDescent, list[float]]:
    """Learn from N faces and their mirror images.

    windows : (N, S, S) uint8 grey face windows. shapes : (N, 5, 2) the true points in them, in pixels.
    Returns the descent, and the mean error on what it learned from, in eye distances: at the start and after each
    step. Takes 2.6 kB of memory for each start of each of the 2 N faces, for its descriptors.
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
