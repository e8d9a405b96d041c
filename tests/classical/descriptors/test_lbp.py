"""Local binary patterns against scikit-image code by code, and against a loop over the definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.feature import local_binary_pattern

from eigen2arc.classical.descriptors.lbp import circle, local_binary_patterns, uniform_labels


@pytest.mark.parametrize(("neighbours", "radius_px"), [(8, 1.0), (8, 2.0), (8, 2.5), (16, 2.0), (12, 3.0), (4, 1.0)])
def test_equals_scikit_image(rng: np.random.Generator, neighbours: int, radius_px: float) -> None:
    noise = rng.integers(0, 256, (40, 31), dtype=np.uint8)
    ties = rng.integers(0, 3, (40, 31), dtype=np.uint8) * 100  # where neighbours are often equal to the centre
    ramp = np.add.outer(np.arange(40) * 3, np.arange(31) * 2).astype(np.uint8)
    images = np.stack([noise, ties, ramp])
    ours = local_binary_patterns(images, neighbours=neighbours, radius_px=radius_px)
    margin = int(np.ceil(radius_px))
    for image, labels in zip(images, ours, strict=True):
        theirs = local_binary_pattern(image, neighbours, radius_px, method="nri_uniform")
        np.testing.assert_array_equal(labels, theirs[margin:-margin, margin:-margin])


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(9, 130), st.integers(9, 130)),
    levels=st.integers(1, 4),
    neighbours=st.sampled_from([4, 8, 10]),
    radius_px=st.sampled_from([1.0, 1.5, 2.0, 3.7]),
)
@settings(max_examples=60, deadline=None)
def test_equals_scikit_image_where_neighbours_equal_the_centre(
    seed: int, shape: tuple[int, int], levels: int, neighbours: int, radius_px: float
) -> None:
    """Few grey values: the last digit of an interpolation decides."""
    image = np.random.default_rng(seed).choice(256, levels)[np.random.default_rng(seed).integers(0, levels, shape)]
    image = image.astype(np.uint8)
    (ours,) = local_binary_patterns(image[None], neighbours=neighbours, radius_px=radius_px)
    margin = int(np.ceil(radius_px))
    theirs = local_binary_pattern(image, neighbours, radius_px, method="nri_uniform")
    np.testing.assert_array_equal(ours, theirs[margin:-margin, margin:-margin])


def test_equals_a_loop_over_the_definition(rng: np.random.Generator) -> None:
    """R = 1, P = 4: every neighbour is a pixel, so that nothing is interpolated."""
    image = rng.integers(0, 256, (9, 7), dtype=np.uint8)
    labels = uniform_labels(4)
    (ours,) = local_binary_patterns(image[None], neighbours=4, radius_px=1.0)
    for y in range(1, 8):
        for x in range(1, 6):
            around = [image[y, x + 1], image[y - 1, x], image[y, x - 1], image[y + 1, x]]
            pattern = sum(2**p for p, value in enumerate(around) if value >= image[y, x])
            assert ours[y - 1, x - 1] == labels[pattern]


@pytest.mark.parametrize("p", [2, 5, 8, 12])
def test_labels_part_the_uniform_patterns_and_no_others(p: int) -> None:
    labels = uniform_labels(p)
    bits = np.arange(2**p)[:, None] >> np.arange(p) & 1
    changes = np.abs(bits - np.roll(bits, 1, axis=1)).sum(axis=1)
    uniform = changes <= 2
    assert len(set(labels[uniform])) == uniform.sum() == p * (p - 1) + 2
    assert set(labels[~uniform]) <= {p * (p - 1) + 2}
    ones = bits.sum(axis=1)
    middle = uniform & (ones > 0) & (ones < p)
    np.testing.assert_array_equal((labels[middle] - 1) // p + 1, ones[middle])


def test_eight_neighbours_have_59_labels() -> None:
    assert len(set(uniform_labels(8))) == 59


def test_the_circle_starts_at_the_right_and_turns_counter_clockwise() -> None:
    np.testing.assert_array_equal(circle(4, 2.0), [[0, 2], [-2, 0], [0, -2], [2, 0]])
    np.testing.assert_allclose(np.linalg.norm(circle(12, 3.0), axis=1), 3, atol=1e-5)


def test_brighter_and_stronger_light_leave_the_labels_alone(rng: np.random.Generator) -> None:
    images = rng.integers(0, 100, (2, 20, 20), dtype=np.uint8)
    np.testing.assert_array_equal(
        local_binary_patterns(images, neighbours=4, radius_px=1.0),
        local_binary_patterns(2 * images + 30, neighbours=4, radius_px=1.0),
    )


def test_images_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="a radius of 2.0 px does not fit into 4 x 4 pixels"):
        local_binary_patterns(np.zeros((1, 4, 4), np.uint8))
