"""cv2.face's recognizers as encoders and matchers: the people and distances that their own predict gives."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import to_grey


@pytest.fixture
def people(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Twenty crops of five people, 24 x 24: each a pattern under noise."""
    patterns = rng.integers(60, 196, (5, 6, 6, 3)).repeat(4, axis=1).repeat(4, axis=2).repeat(4, axis=0)
    crops = patterns + rng.normal(0, 25, patterns.shape)
    return crops.clip(0, 255).astype(np.uint8), np.arange(5).repeat(4)


def nearest_by_opencv(recognizer: Any, known: np.ndarray, labels: np.ndarray, new: np.ndarray) -> np.ndarray:
    """(N, 2): the label and the distance that predict gives."""
    recognizer.train(list(to_grey(known)), labels.astype(np.int32))
    return np.array([recognizer.predict(crop) for crop in to_grey(new)])


RECOGNIZERS: dict[str, tuple[Callable[[], Any], float]] = {
    "opencv_eigenfaces": (cv2.face.EigenFaceRecognizer.create, 1.0),
    "opencv_fisherfaces": (cv2.face.FisherFaceRecognizer.create, 1.0),
    # OpenCV's chi-square distance is twice ours.
    "opencv_lbph": (cv2.face.LBPHFaceRecognizer.create, 2.0),
}


@pytest.mark.parametrize("name", RECOGNIZERS)
def test_the_matcher_finds_whom_predict_finds(name: str, people: tuple[np.ndarray, np.ndarray]) -> None:
    crops, labels = people
    known, new = np.arange(20) % 4 != 3, np.arange(20) % 4 == 3
    create, factor = RECOGNIZERS[name]
    wanted = nearest_by_opencv(create(), crops[known], labels[known], crops[new])
    encoder = plugins.build("encoder", name)
    encoder.fit(crops[known], labels[known])
    scores = plugins.build("matcher", encoder.matcher).score(encoder.encode(crops[new]), encoder.encode(crops[known]))
    np.testing.assert_array_equal(labels[known][scores.argmax(axis=1)], wanted[:, 0])
    np.testing.assert_allclose(-factor * scores.max(axis=1), wanted[:, 1], rtol=1e-4)


def test_fisherfaces_need_a_second_image_of_somebody(people: tuple[np.ndarray, np.ndarray]) -> None:
    crops, _ = people
    for labels in (np.arange(20), np.zeros(20, np.int64)):
        with pytest.raises(UserError, match="learn from two people or more, one with two images at least"):
            plugins.build("encoder", "opencv_fisherfaces").fit(crops, labels)


def test_crops_smaller_than_the_grid_are_refused(people: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(UserError, match="crops of 24 pixels are too small for 23 cells along a side"):
        plugins.build("encoder", "opencv_lbph", grid=23).encode(people[0])


def test_they_are_on_the_track_of_peers() -> None:
    tracks = {name: plugins.find("encoder", name).track for name in (*RECOGNIZERS, "eigenfaces", "dlib_resnet")}
    assert tracks == dict.fromkeys(RECOGNIZERS, "peer") | {"eigenfaces": "classical", "dlib_resnet": "deep"}
