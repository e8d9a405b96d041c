from collections.abc import Sequence

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.pipeline import Pipeline, choose_face, cut, locate
from eigen2arc.core.types import Faces, Status


class Bright:
    """Finds the bounding box of white pixels."""

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        found = []
        for image in images:
            y, x = np.nonzero(image[:, :, 0] == 255)
            found.append(Faces([[x.min(), y.min(), x.max() + 1, y.max() + 1]], [1]) if len(x) else Faces.none())
        return found


class Cut:
    size_px = 4

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        x, y = faces.boxes[:, :2].astype(int)[0]
        return image[y : y + 4, x : x + 4][None]


class Mean:
    matcher = "negative distance"

    def encode(self, crops: np.ndarray) -> np.ndarray:
        return crops.reshape(len(crops), -1).mean(axis=1, keepdims=True).astype(np.float32)


class NegativeDistance:
    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return -np.abs(a - b.T)

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return -np.abs(a - b)[:, 0]


def image(x: int, value: int) -> np.ndarray:
    picture = np.zeros((16, 16, 3), np.uint8)
    picture[6:10, x : x + 4] = value
    return picture


def test_the_large_face_near_the_centre_is_chosen() -> None:
    faces = Faces([[0, 0, 30, 30], [40, 40, 60, 60], [90, 90, 99, 99]], [0.9, 0.8, 0.7])
    assert choose_face(faces, (100, 100, 3)).boxes[0].tolist() == [40, 40, 60, 60]
    assert choose_face(faces[[0, 2]], (100, 100, 3)).boxes[0].tolist() == [0, 0, 30, 30]


def test_a_face_that_is_not_found_is_counted_not_dropped() -> None:
    images = [image(3, 255), image(3, 9), image(3, 9)]
    annotated = [Faces.none(), Faces([[3, 6, 7, 10]], [1]), Faces.none()]
    located, status = locate(images, Bright().detect(images), annotated, on_missing="annotation")
    assert status.tolist() == [Status.FOUND, Status.ANNOTATED, Status.CENTRE]
    assert located[1].boxes[0].tolist() == [3, 6, 7, 10] and located[2].boxes[0].tolist() == [4, 4, 12, 12]
    assert cut(Cut(), images, located)[1].tolist() == images[1][6:10, 3:7].tolist()
    for known, policy in ((None, "annotation"), (annotated, "centre")):
        status = locate(images, Bright().detect(images), known, on_missing=policy)[1]
        assert status.tolist() == [Status.FOUND, Status.CENTRE, Status.CENTRE]


def test_a_face_that_is_not_found_is_left_out_or_an_error() -> None:
    images = [image(3, 9), image(5, 255)]
    located, status = locate(images, Bright().detect(images), on_missing="skip")
    assert status.tolist() == [Status.SKIPPED, Status.FOUND] and [len(faces) for faces in located] == [0, 1]
    assert cut(Cut(), images, located).tolist() == [images[1][6:10, 5:9].tolist()]
    with pytest.raises(UserError, match="no face was found in an image of 16 x 16 px"):
        Pipeline(Bright(), Cut(), Mean(), NegativeDistance(), on_missing="error").verify(*images)


def test_which_face_it_is_about_is_said() -> None:
    shape = (100, 100, 3)
    found = Faces([[40, 40, 80, 80], [0, 0, 20, 20], [2, 2, 50, 50]], [0.5, 0.9, 0.6])
    boxes = {name: choose_face(found, shape, name).boxes[0].tolist() for name in ("central", "largest", "best")}
    assert boxes == {"central": [40, 40, 80, 80], "largest": [2, 2, 50, 50], "best": [0, 0, 20, 20]}
    label = Faces([[0, 0, 18, 18]], [1])
    assert choose_face(found, shape, "annotated", label).boxes.tolist() == [[0, 0, 20, 20]]
    assert len(choose_face(found, shape, "annotated", Faces([[90, 90, 99, 99]], [1]))) == 0
    for nobody in (Faces.none(), None):
        assert choose_face(found, shape, "annotated", nobody).boxes.tolist() == [[40, 40, 80, 80]]
    assert len(choose_face(Faces.none(), shape, "annotated", label)) == 0


def test_the_four_stages_in_a_row() -> None:
    pipeline = Pipeline(Bright(), Cut(), Mean(), NegativeDistance())
    assert pipeline.embed([image(3, 255), image(8, 255)]).vectors.tolist() == [[255], [255]]
    score, status = pipeline.verify(image(3, 255), image(9, 255))
    assert score == 0 and status.tolist() == [Status.FOUND, Status.FOUND]
    score, status = pipeline.verify(image(3, 255), image(3, 40))
    assert score < 0 and status.tolist() == [Status.FOUND, Status.CENTRE]


class Halve:
    def apply(self, crops: np.ndarray) -> np.ndarray:
        return crops // 2


def test_preprocessing_comes_between_align_and_encode() -> None:
    pipeline = Pipeline(Bright(), Cut(), Mean(), NegativeDistance(), [Halve(), Halve()])
    assert pipeline.embed([image(3, 255)]).vectors.tolist() == [[255 // 2 // 2]]
