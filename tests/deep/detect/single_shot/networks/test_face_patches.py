"""DenseBox's patches: the face in the middle has the size that the network knows, and lies under its box and points."""

import numpy as np

from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.single_shot.networks.face_patches import FACE_PX, SHIFT, ZOOM, cut_patch

SIZE_PX = 96


def picture(height: int, width: int, x: int, y: int, side: int) -> tuple[np.ndarray, Faces]:
    """Dark, with one bright square face."""
    image = np.full((height, width, 3), 40, np.uint8)
    image[y : y + side, x : x + side] = 220
    points = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.75], [0.65, 0.75]]) * side + [x, y]
    return image, Faces(np.array([[x, y, x + side, y + side]]), np.ones(1), points[None])


def around_the_face(image: np.ndarray, faces: Faces, seeds: range) -> list[tuple[np.ndarray, Faces]]:
    """The patches of those seeds that were cut around it."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    return [cut_patch(image, faces, SIZE_PX, rng) for rng in rngs if _first(rng) >= 0.5]


def _first(rng: np.random.Generator) -> float:
    """The number that the generator will draw next."""
    state = rng.bit_generator.state
    drawn = rng.random()
    rng.bit_generator.state = state
    return float(drawn)


def test_the_face_has_the_networks_size_and_is_in_the_middle() -> None:
    for x, y, side in ((20, 30, 12), (130, 0, 60), (0, 0, 120)):
        cut = around_the_face(*picture(120, 190, x, y, side), range(40))
        assert len(cut) > 10
        heights = []
        for patch, faces in cut:
            assert patch.shape == (SIZE_PX, SIZE_PX, 3) and patch.dtype == np.uint8
            assert faces.scores.tolist() == [1]
            x1, y1, x2, y2 = faces.boxes[0]
            middle = np.array([x1 + x2, y1 + y2]) / 2
            assert np.abs(middle - SIZE_PX / 2).max() <= SHIFT * SIZE_PX + 0.01
            heights.append(y2 - y1)
        assert FACE_PX / ZOOM - 0.01 <= min(heights) < 45 and 55 < max(heights) <= FACE_PX * ZOOM + 0.01


def test_the_pixels_are_where_the_box_says() -> None:
    for patch, faces in around_the_face(*picture(100, 140, 30, 40, 30), range(30)):
        grey = patch.astype(float).mean(axis=2)
        threshold = (grey.min() + grey.max()) / 2
        rows, columns = np.nonzero(grey > threshold)
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(seen, faces.boxes[0], atol=1.0)
        assert faces.landmarks is not None
        left, right = faces.landmarks[0, :2, 0]
        assert seen[0] < left < right < seen[2]


def test_large_and_small_pictures_and_those_without_a_face_are_cut_anywhere() -> None:
    rng = np.random.default_rng(3)
    for faces in (Faces.none(), Faces(np.array([[5, 5, 9, 9.0]]), np.ones(1)), Faces(np.zeros((1, 4)), np.ones(1))):
        patch, _ = cut_patch(np.zeros((30, 20, 3), np.uint8), faces, SIZE_PX, rng)
        assert patch.shape == (SIZE_PX, SIZE_PX, 3)
    image, faces = picture(1200, 1600, 300, 200, 900)
    assert all(patch.shape == (SIZE_PX, SIZE_PX, 3) for patch, _ in around_the_face(image, faces, range(4)))


def test_a_face_to_be_ignored_is_never_chosen() -> None:
    image, faces = picture(100, 140, 30, 40, 30)
    ignored = Faces(faces.boxes, np.zeros(1), faces.landmarks)
    for seed in range(20):
        _, moved = cut_patch(image, ignored, SIZE_PX, np.random.default_rng(seed))
        assert (moved.scores == 0).all()
