"""Augmented pictures: a painted face stays under its box and its points, whatever is done to the picture."""

import numpy as np

from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.data.augment import augment_image, mirror_faces

#: Left eye, right eye, nose, mouth corners: the eyes red and green, so that a mirror that mixes them up shows.
POINTS = np.array([[50.0, 40.0], [70.0, 40.0], [60.0, 50.0], [52.0, 60.0], [68.0, 60.0]])
BOX = [[40.0, 30.0, 80.0, 70.0]]


def picture() -> tuple[np.ndarray, Faces]:
    image = np.full((100, 140, 3), 60, np.uint8)
    image[30:70, 40:80] = 200
    image[37:43, 47:53], image[37:43, 67:73] = (255, 0, 0), (0, 255, 0)
    return image, Faces(np.array(BOX), np.ones(1), POINTS[None])


def test_faces_move_with_their_pixels() -> None:
    image, faces = picture()
    seen = 0
    for seed in range(60):
        square, moved = augment_image(image, faces, 96, np.random.default_rng(seed))
        assert square.shape == (96, 96, 3) and square.dtype == np.uint8
        if len(moved) and moved.scores[0] == 1:
            x1, y1, x2, y2 = moved.boxes[0]
            assert 0 <= x1 < x2 < 96.001 and 0 <= y1 < y2 < 96.001
            assert moved.landmarks is not None
            eyes = [(x, y) for x, y in moved.landmarks[0, :2] if 4 < x < 92 and 4 < y < 92]
            if len(eyes) == 2 and np.ptp(square.astype(int), axis=2).max() > 60:  # colour was left in it
                left, right = (square[int(y), int(x)].astype(int) for x, y in eyes)
                assert eyes[0][0] < eyes[1][0]
                assert {int(left.argmax()), int(right.argmax())} == {0, 1}
                seen += 1
    assert seen > 5


def test_a_face_with_its_middle_outside_is_to_be_ignored() -> None:
    image, faces = picture()
    scores = [augment_image(image, faces, 96, np.random.default_rng(seed))[1].scores for seed in range(80)]
    assert {0.0, 1.0} <= {float(s) for score in scores for s in score}
    assert any(len(score) == 0 for score in scores)


def test_the_mirror_of_a_mirror_is_the_picture() -> None:
    _, faces = picture()
    once = mirror_faces(faces, 140)
    np.testing.assert_allclose(once.boxes, [[60, 30, 100, 70]])
    assert once.landmarks is not None and once.landmarks[0, 0].tolist() == [70, 40]  # was the right eye
    twice = mirror_faces(once, 140)
    np.testing.assert_allclose(twice.boxes, faces.boxes)
    np.testing.assert_allclose(twice.landmarks, faces.landmarks)


def test_faces_without_points_and_pictures_without_faces() -> None:
    image, _ = picture()
    _, moved = augment_image(image, Faces(np.array(BOX), np.ones(1)), 32, np.random.default_rng(1))
    assert moved.landmarks is None
    assert len(augment_image(image, Faces.none(), 32, np.random.default_rng(1))[1]) == 0
    tiny, _ = augment_image(np.zeros((1, 3, 3), np.uint8), Faces.none(), 32, np.random.default_rng(1))
    assert tiny.shape == (32, 32, 3)
