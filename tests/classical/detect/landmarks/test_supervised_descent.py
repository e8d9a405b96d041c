"""Learning to descend, on drawn faces: five blobs that move about."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from eigen2arc.classical.detect.landmarks.face_shapes import errors_by_eye_distance, mirror
from eigen2arc.classical.detect.landmarks.supervised_descent import (
    BoxErrors,
    DescentSettings,
    SupervisedDescent,
    fit_descent,
)

MEAN = np.array([[58.0, 62], [86, 62], [72, 78], [60, 94], [84, 94]])
SETTINGS = DescentSettings(spacings_px=(3.0, 2.0, 1.5), starts=2, ridge=1e-3)


def drawn_faces(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 144, 144) windows and the points in them: dark eyes, a bright nose, a mouth between its corners."""
    rng = np.random.default_rng(seed)
    shapes = MEAN + rng.normal(0, 3, (count, 1, 2)) + rng.normal(0, 1.2, (count, 5, 2))
    windows = np.full((count, 144, 144), 128, np.uint8)
    for window, (left, right, nose, corner, other) in zip(windows, np.rint(shapes * 16).astype(int), strict=True):
        for eye in (left, right):
            cv2.circle(window, eye.tolist(), 5 * 16, 20, -1, cv2.LINE_AA, 4)
        cv2.circle(window, nose.tolist(), 4 * 16, 240, -1, cv2.LINE_AA, 4)
        cv2.line(window, corner.tolist(), other.tolist(), 60, 3, cv2.LINE_AA, 4)
    noise = rng.normal(0, 4, windows.shape)
    return np.clip(windows + noise, 0, 255).astype(np.uint8), shapes


@pytest.fixture(scope="module")
def learned() -> tuple[SupervisedDescent, list[float]]:
    return fit_descent(*drawn_faces(150, seed=1), SETTINGS)


def test_every_step_comes_nearer(learned: tuple[SupervisedDescent, list[float]]) -> None:
    _, errors = learned
    assert len(errors) == 4
    assert all(after < 0.8 * before for before, after in pairwise(errors)), errors


def test_others_faces_are_found_too(learned: tuple[SupervisedDescent, list[float]]) -> None:
    windows, shapes = drawn_faces(60, seed=2)
    assert errors_by_eye_distance(learned[0].locate(windows), shapes).mean() < 0.04
    start = np.broadcast_to(learned[0].mean_shape, shapes.shape)
    assert errors_by_eye_distance(start, shapes).mean() > 0.12


def test_the_seed_decides(learned: tuple[SupervisedDescent, list[float]]) -> None:
    again, _ = fit_descent(*drawn_faces(150, seed=1), SETTINGS)
    for name, tensor in again.tensors().items():
        np.testing.assert_array_equal(tensor, learned[0].tensors()[name])
    other = DescentSettings(SETTINGS.spacings_px, SETTINGS.starts, SETTINGS.ridge, seed=1)
    assert not np.array_equal(fit_descent(*drawn_faces(150, seed=1), other)[0].descents, again.descents)


def test_mirror_images_are_learned_from_as_well() -> None:
    """Noses always to the left: whoever learned from the mirror images finds those that point to the right."""
    windows, shapes = drawn_faces(100, seed=3)
    leaning = np.roll(windows, 9, axis=2)
    shifted = shapes + np.array([9.0, 0.0])
    model, _ = fit_descent(leaning, shifted, SETTINGS)
    np.testing.assert_allclose(mirror(leaning[:1], model.mean_shape[None])[1][0], model.mean_shape, atol=1e-4)
    there = errors_by_eye_distance(model.locate(leaning), shifted).mean()
    seen, points = mirror(leaning, shifted)
    assert errors_by_eye_distance(model.locate(seen), points).mean() == pytest.approx(there, rel=0.1)


def test_a_face_is_found_alone_as_among_others(learned: tuple[SupervisedDescent, list[float]]) -> None:
    windows, _ = drawn_faces(70, seed=4)
    together = learned[0].locate(windows)
    for i in (0, 33, 62, 69):
        np.testing.assert_array_equal(learned[0].locate(windows[i : i + 1])[0], together[i])
    assert learned[0].locate(windows[:0]).shape == (0, 5, 2)


def test_the_errors_of_boxes_are_measured_and_drawn_again() -> None:
    given = BoxErrors(np.array([3.0, 1.5]), 0.1)
    drawn = given.draw(MEAN, 20_000, np.random.default_rng(0))
    measured = BoxErrors.of(drawn, MEAN)
    np.testing.assert_allclose(measured.shift_px, given.shift_px, rtol=0.03)
    assert measured.log_scale == pytest.approx(0.1, rel=0.03)


def test_tensors_that_do_not_fit_are_refused(learned: tuple[SupervisedDescent, list[float]]) -> None:
    tensors = learned[0].tensors()
    with pytest.raises(ValueError, match="descents"):
        SupervisedDescent(**tensors | {"descents": tensors["descents"][:, :-1]})
    with pytest.raises(ValueError, match="biases"):
        SupervisedDescent(**tensors | {"biases": tensors["biases"][:-1]})
