"""Training on a data set or a list: who is held out, whose boxes are used, what is written and what is refused."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.detect.landmarks.face_landmarks import read_landmarks
from eigen2arc.classical.detect.landmarks.face_windows import to_image
from eigen2arc.classical.detect.landmarks.supervised_descent import DescentSettings
from eigen2arc.classical.detect.landmarks.train import (
    LandmarkErrors,
    hold_out,
    landmark_windows,
    measure,
    train_landmarks,
)
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.datasets.readers.lfw_net7 import read_landmark_list

QUICK = DescentSettings(spacings_px=(3.0, 2.0), starts=2)


@cache
def people() -> Dataset:
    """20 synthetic people, 2 images each, drawn once."""
    drawn = plugins.build("dataset", "synthetic", people=20, images_per_person=2, difficulty=0.2, size_px=96)
    arrays = [drawn.images[i] for i in range(len(drawn.images))]
    return replace(drawn, images=ArrayImages(arrays, tuple(drawn.images.names)))


class Shifted:
    """A detector whose boxes stand four pixels to the right of the truth; it misses the second image."""

    def __init__(self) -> None:
        self.seen = -1

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        self.seen += 1
        far = np.array([[0.0, 0.0, 9.0, 9.0]])
        if self.seen == 1:
            return [Faces(far, np.ones(1))]
        box = people().faces[self.seen].boxes + np.array([4.0, 0.0, 4.0, 0.0])
        return [Faces(np.concatenate([far, box]), np.ones(2))]


def test_no_person_is_on_both_sides() -> None:
    labels = np.repeat(np.arange(50), 3)
    out = hold_out(labels, 0.2, seed=4)
    assert out.sum() == 30 and not set(labels[out]) & set(labels[~out])
    np.testing.assert_array_equal(out, hold_out(labels, 0.2, seed=4))
    assert not np.array_equal(out, hold_out(labels, 0.2, seed=5))


def test_boxes_of_a_detector_take_the_place_of_the_sets_own() -> None:
    windows, shapes, used = landmark_windows(people(), Shifted())
    assert used.tolist() == [0, *range(2, 40)] and len(windows) == 39
    truth = people().faces[5]
    moved = truth.boxes + np.array([4.0, 0.0, 4.0, 0.0])
    np.testing.assert_allclose(to_image(shapes[4:5], moved), truth.landmarks, atol=1e-3)


def test_writes_a_model_that_reads_back_and_what_it_was_made_from(tmp_path: Path) -> None:
    done = train_landmarks(people(), None, 0.2, QUICK, tmp_path, "eigen2arc ...")
    written = json.loads((tmp_path / "training.json").read_text())
    assert written["command"] == "eigen2arc ..." and written["faces"] == 32 and written["left_out"] == 0
    assert written["held_out"]["faces"] == 8 and written["settings"]["spacings_px"] == [3.0, 2.0]
    windows, shapes, _ = landmark_windows(people(), None)
    out = hold_out(people().labels, 0.2, 0)
    assert measure(read_landmarks(done.model), windows[out], shapes[out]) == done.held_out
    assert done.step_errors[0] > done.step_errors[1] > done.step_errors[2]


def test_errors_are_summed_up(rng: np.random.Generator) -> None:
    true = np.tile([[10.0, 10], [30, 10], [20, 20], [12, 30], [28, 30]], (4, 1, 1))
    found = true.copy()
    found[0, 2, 0] += 20  # one eye distance at one of five points
    found[1, :, 1] += 1
    errors = LandmarkErrors.of(found, true + np.array([0, 4]), true)
    assert (errors.faces, errors.mean, errors.median, errors.within_tenth, errors.start) == (
        4,
        0.0625,
        0.025,
        0.75,
        0.2,
    )
    assert errors.per_point["nose"] == 0.2625 and errors.per_point["left eye"] == 0.0125


def test_mistakes_are_named(tmp_path: Path) -> None:
    unknown = replace(people(), faces=tuple(Faces(faces.boxes, faces.scores) for faces in people().faces))
    with pytest.raises(UserError, match="synthetic has no annotated points"):
        train_landmarks(unknown, None, 0.2, QUICK, tmp_path, "")
    with pytest.raises(UserError, match="training: held_out = 1.0: expected a number from 0 to 0.9"):
        train_landmarks(people(), None, 1.0, QUICK, tmp_path, "")
    blind = replace(people(), faces=(Faces.none(),) * 40)
    with pytest.raises(UserError, match="no box was found on any of its 40 faces"):
        train_landmarks(blind, None, 0.2, QUICK, tmp_path, "")
    assert not list(tmp_path.iterdir())


def test_an_unreadable_image_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(ArrayImages):
        def __getitem__(self, index: int) -> np.ndarray:
            if index == 7:
                raise ImageError("7.png: is damaged")
            return super().__getitem__(index)

    broken = Broken([people().images[i] for i in range(40)], tuple(people().images.names))
    assert 7 not in landmark_windows(replace(people(), images=broken), None)[2]
    assert "7.png: is damaged: left out" in caplog.text


@pytest.mark.slow
@pytest.mark.data
def test_a_held_out_fifth_of_the_real_list(data_root: Path, tmp_path: Path) -> None:
    """The goal: at most 5 % of the distance between the eyes, in the boxes that LFW's own detector gave."""
    crops = read_landmark_list(data_root / "lfw_net7" / "train.txt", 2.2)
    held_out = train_landmarks(crops, None, 0.2, DescentSettings(), tmp_path, "").held_out
    assert held_out is not None and held_out.faces == 830
    assert held_out.mean <= 0.05 < held_out.start
