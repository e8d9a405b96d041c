"""Landmark models: written, read, refused where they do not fit, and at work on faces that are known."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.detect.landmarks import face_landmarks
from eigen2arc.classical.detect.landmarks.face_landmarks import FaceLandmarks, read_landmarks
from eigen2arc.classical.detect.landmarks.face_shapes import errors_by_eye_distance
from eigen2arc.classical.detect.landmarks.supervised_descent import SupervisedDescent
from eigen2arc.core import model_file, plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import to_grey

WINDOW = {"window_px": 144, "box_px": 72}


def tensors(points: int = 5, steps: int = 2) -> dict[str, np.ndarray]:
    """A descent that moves nothing."""
    return {
        "mean_shape": np.linspace(40, 100, 2 * points).reshape(points, 2).astype(np.float32),
        "spacings_px": np.ones(steps, np.float32),
        "descents": np.zeros((steps, 128 * points, 2 * points), np.float32),
        "biases": np.zeros((steps, 2 * points), np.float32),
    }


def test_comes_back_from_its_file(tmp_path: Path) -> None:
    FaceLandmarks(SupervisedDescent(**tensors())).save(tmp_path / "model.safetensors")
    back = read_landmarks(tmp_path / "model.safetensors").descent.tensors()
    for name, tensor in tensors().items():
        np.testing.assert_array_equal(back[name], tensor)


@pytest.mark.parametrize(
    ("name", "settings", "content", "complaint"),
    [
        ("eigenfaces", WINDOW, tensors(), "holds a model of 'eigenfaces', not of 'landmarks'"),
        ("landmarks", {"window_px": 96, "box_px": 48}, tensors(), "was fitted on other face windows"),
        ("landmarks", WINDOW, tensors(points=4), "mean_shape: expected shape"),
        ("landmarks", WINDOW, tensors() | {"descents": np.zeros((2, 639, 10), np.float32)}, "descents: expected"),
        ("landmarks", WINDOW, tensors() | {"biases": np.zeros((3, 10), np.float32)}, "biases: expected shape"),
        ("landmarks", WINDOW, tensors() | {"biases": np.full((2, 10), np.nan, np.float32)}, "not finite"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    tmp_path: Path, name: str, settings: dict[str, int], content: dict[str, np.ndarray], complaint: str
) -> None:
    path = tmp_path / "model.safetensors"
    model_file.save(path, name, settings, content)
    with pytest.raises(UserError, match=complaint) as error:
        read_landmarks(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_descent_that_moves_nothing_puts_the_mean_shape_into_every_box() -> None:
    still = FaceLandmarks(SupervisedDescent(**tensors()))
    boxes = np.array([[0.0, 0.0, 72.0, 72.0], [10.0, 30.0, 46.0, 66.0]])
    points = still.locate_points(np.zeros((90, 90), np.uint8), boxes)
    expected = tensors()["mean_shape"]
    np.testing.assert_allclose(points[0], expected - 36, atol=1e-4)
    np.testing.assert_allclose(points[1], (expected - 36) / 2 + [9.75, 29.75], atol=1e-4)
    assert still.locate_points(np.zeros((90, 90), np.uint8), boxes[:0]).shape == (0, 5, 2)


def test_the_shipped_model_finds_the_points_of_synthetic_faces() -> None:
    """People whom it has not learned from, in the boxes of Viola and Jones."""
    people = plugins.build("dataset", "synthetic", people=12, images_per_person=1, seed=999, size_px=200)
    detector = plugins.build("detector", "viola_jones", landmarks="synthetic")
    errors = []
    for i, truth in enumerate(people.faces):
        (faces,) = detector.detect([people.images[i]])
        if len(faces):
            assert faces.landmarks is not None and faces.landmarks.shape == (len(faces), 5, 2)
            errors.append(errors_by_eye_distance(faces.landmarks[:1], truth.landmarks).mean())
    assert len(errors) >= 10
    assert np.median(errors) < 0.04


def test_other_boxes_do_as_well() -> None:
    """An annotator's boxes, forehead to chin: the mean shape starts a quarter of the eyes' distance off in them."""
    people = plugins.build("dataset", "synthetic", people=12, images_per_person=1, seed=998)
    shipped, errors = read_landmarks("synthetic"), []
    for i, truth in enumerate(people.faces):
        found = shipped.locate_points(to_grey(people.images[i]), truth.boxes)
        errors.append(errors_by_eye_distance(found, truth.landmarks).mean())
    assert np.median(errors) < 0.04


def test_an_image_cut_off_at_the_box_has_the_points_of_the_whole() -> None:
    people = plugins.build("dataset", "synthetic", people=12, images_per_person=1, seed=998)
    shipped, errors = read_landmarks("synthetic"), []
    for i, truth in enumerate(people.faces):
        grey = to_grey(people.images[i])
        left, top, right, bottom = np.rint(truth.boxes[0] + [-4, -4, 4, 4]).astype(int).clip(0)
        whole = shipped.locate_points(grey, truth.boxes)
        found = shipped.locate_points(grey[top:bottom, left:right], truth.boxes - np.tile([left, top], 2))
        errors.append(errors_by_eye_distance(found + np.array([left, top]), whole).mean())
    assert np.mean(errors) < 0.003


def test_a_box_at_the_border_or_without_extent_gets_points_all_the_same() -> None:
    shipped = read_landmarks("synthetic")
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    boxes = np.array([[-30.0, -30.0, 20.0, 20.0], [70.0, 50.0, 120.0, 100.0], [5.0, 5.0, 5.0, 5.0], [0, 0, 80, 60]])
    assert np.isfinite(shipped.locate_points(to_grey(image), boxes)).all()


def test_the_shipped_file_is_small() -> None:
    shipped = Path(face_landmarks.__file__).parents[2] / "weights" / "landmarks.safetensors"
    assert shipped.stat().st_size < 1_500_000
