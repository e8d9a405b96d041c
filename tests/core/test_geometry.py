import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform

from eigen2arc.core.geometry import area, iou, nms, similarity_transform, warp

corner = st.integers(0, 12)
box = st.tuples(corner, corner, corner, corner).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)


def pixels(b: tuple[int, ...]) -> set[tuple[int, int]]:
    return {(x, y) for x in range(b[0], b[2]) for y in range(b[1], b[3])}


@given(st.lists(box, min_size=1, max_size=4), st.lists(box, min_size=1, max_size=4))
def test_iou_counts_pixels(a: list, b: list) -> None:
    got = iou(np.array(a, float), np.array(b, float))
    for i, p in enumerate(a):
        assert area(np.array(p, float)) == len(pixels(p))
        for j, q in enumerate(b):
            union = pixels(p) | pixels(q)
            assert got[i, j] == pytest.approx(len(pixels(p) & pixels(q)) / len(union) if union else 0)


def slow_nms(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> list[int]:
    """By its definition: a box is kept if no better kept box overlaps it by more."""
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: (-scores[i], i)):
        if all(iou(boxes[[i]], boxes[[k]])[0, 0] <= threshold for k in kept):
            kept.append(i)
    return kept


@given(st.lists(st.tuples(box, st.integers(0, 5)), max_size=12), st.sampled_from([0.0, 0.3, 0.5, 0.9]))
def test_nms_is_its_definition(rows: list, threshold: float) -> None:
    boxes = np.array([r[0] for r in rows], float).reshape(-1, 4)
    scores = np.array([r[1] for r in rows], float)
    assert nms(boxes, scores, threshold).tolist() == slow_nms(boxes, scores, threshold)


def test_similarity_equals_scikit_image_s(rng: np.random.Generator) -> None:
    for _ in range(20):
        source, target = rng.normal(size=(2, 5, 2)) * 30
        reference = SimilarityTransform.from_estimate(source, target)
        np.testing.assert_allclose(similarity_transform(source, target), reference.params[:2], atol=1e-9)


def test_similarity_of_points_without_extent_is_refused() -> None:
    with pytest.raises(ValueError, match="all points are the same"):
        similarity_transform(np.ones((3, 2)), np.zeros((3, 2)))


def test_warp_moves_a_pixel_where_the_transform_says() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    image[7, 11] = 255
    crop = warp(image, np.array([[1.0, 0, -4], [0, 1, -2]]), 16)
    assert np.argwhere(crop[:, :, 0]).tolist() == [[5, 7]]


def test_warp_averages_when_it_shrinks(rng: np.random.Generator) -> None:
    """Noise shrunk eight times is nearly flat; sampling without averaging would keep all its contrast."""
    noise = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    small = warp(noise, np.array([[1 / 8, 0, -7 / 16], [0, 1 / 8, -7 / 16]]), 32)
    area_mean = cv2.resize(noise, (32, 32), interpolation=cv2.INTER_AREA)
    assert small.std() < 0.35 * noise.std()
    assert np.corrcoef(small.ravel(), area_mean.ravel())[0, 1] > 0.9
