"""High-dimensional LBP against loops over scikit-image's codes of one patch after the other."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from skimage.feature import local_binary_pattern

from eigen2arc.classical.encode.encoders.high_dim_lbp import AROUND_112, dense_points, five_points, grid_points
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.align import TEMPLATE_112
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)


def slow(image: np.ndarray, points: np.ndarray, scales: list[int], cells: int, cell_px: int) -> np.ndarray:
    """P = 8, R = 2. ``image`` (S, S) grey."""
    shares = []
    for side in scales:
        how = cv2.INTER_AREA if side < len(image) else cv2.INTER_LINEAR
        codes = local_binary_pattern(cv2.resize(image, (side, side), interpolation=how), 8, 2, method="nri_uniform")
        patch = cells * cell_px
        for x, y in points * side:
            left = min(max(round(x - patch / 2), 2), side - 2 - patch)
            top = min(max(round(y - patch / 2), 2), side - 2 - patch)
            for row in range(cells):
                for column in range(cells):
                    y1, x1 = top + row * cell_px, left + column * cell_px
                    cell = codes[y1 : y1 + cell_px, x1 : x1 + cell_px].astype(int)
                    shares.append(np.bincount(cell.ravel(), minlength=59) / cell.size)
    return np.concatenate(shares)


@pytest.mark.parametrize(
    ("setting", "points"),
    [("five", five_points(1.0)), ("dense", dense_points(1.0)), (3, grid_points(3))],
    ids=["five", "dense", "grid"],
)
def test_equals_a_loop_over_patches(crops: np.ndarray, setting: str | int, points: np.ndarray) -> None:
    """At 48 px the dense points' patches are moved to the edges, at 80 px the picture is enlarged."""
    encoder = build("encoder", "high_dim_lbp", points=setting, scales_px=[80, 64, 48], cells=3, cell_px=7)
    vectors = encoder.encode(crops)
    for image, vector in zip(grey(crops), vectors, strict=True):
        np.testing.assert_allclose(vector, slow(image, points, [80, 64, 48], 3, 7), atol=1e-7)


def test_each_cell_sums_to_one_and_the_width_is_as_documented(crops: np.ndarray) -> None:
    vectors = build("encoder", "high_dim_lbp").encode(crops)
    assert vectors.shape == (3, 2 * 27 * 16 * 59)
    np.testing.assert_allclose(vectors.reshape(3, -1, 59).sum(axis=2), 1, rtol=1e-6)


def test_zoomed_crops_have_the_same_patches_around_the_same_points(rng: np.random.Generator) -> None:
    """A picture of 96 px in the middle of one of 128 px is what the aligner gives at a zoom of 3 / 4."""
    wide = rng.integers(0, 256, (2, 128, 128, 3), dtype=np.uint8)
    settings = {"points": "five", "cells": 2, "cell_px": 5}
    near = build("encoder", "high_dim_lbp", scales_px=[96], **settings).encode(wide[:, 16:112, 16:112])
    far = build("encoder", "high_dim_lbp", scales_px=[128], zoom=0.75, **settings).encode(wide)
    np.testing.assert_array_equal(near, far)


def test_only_what_lies_around_a_point_counts(crops: np.ndarray) -> None:
    encoder = build("encoder", "high_dim_lbp", points="five", scales_px=[64], cells=2, cell_px=4)
    before = encoder.encode(crops).reshape(3, 5, -1)
    changed = crops.copy()
    changed[:, 48:] = 0  # below the nose, whose patch and circles end at 41 + 4 + 2, and so the mouth
    after = encoder.encode(changed).reshape(3, 5, -1)
    np.testing.assert_array_equal(after[:, :3], before[:, :3])
    assert (after[:, 3:] != before[:, 3:]).any(axis=2).all()


@given(
    side=st.integers(30, 60),
    setting=st.sampled_from(["five", "dense", 1, 3]),
    zoom=st.floats(0.3, 3),
    cells=st.integers(1, 3),
    cell_px=st.integers(1, 8),
)
@hypothesis_settings(max_examples=25, deadline=None)
def test_patches_stay_in_the_picture_wherever_the_points_are(
    side: int, setting: str | int, zoom: float, cells: int, cell_px: int
) -> None:
    """Far above a zoom of 1 the points themselves lie outside."""
    points = {"five": five_points(zoom), "dense": dense_points(zoom), 1: grid_points(1), 3: grid_points(3)}[setting]
    crop = np.random.default_rng(side).integers(0, 256, (1, side, side, 3), dtype=np.uint8)
    encoder = build(
        "encoder", "high_dim_lbp", points=setting, zoom=zoom, scales_px=[side], cells=cells, cell_px=cell_px
    )
    np.testing.assert_allclose(encoder.encode(crop)[0], slow(grey(crop)[0], points, [side], cells, cell_px), atol=1e-7)


def test_a_scale_smaller_than_a_patch_is_refused() -> None:
    with pytest.raises(UserError, match="high_dim_lbp: .* at least 44 px, got scales_px"):
        build("encoder", "high_dim_lbp", scales_px=[112, 43])


def test_the_five_points_are_the_template() -> None:
    np.testing.assert_allclose(five_points(1.0) * 112, TEMPLATE_112)
    np.testing.assert_array_equal(dense_points(0.7)[:5], five_points(0.7))


def test_zoom_draws_every_point_towards_the_middle_of_the_crop() -> None:
    np.testing.assert_allclose(dense_points(0.6) - 0.5, 0.6 * (dense_points(1.0) - 0.5))


def test_there_are_27_points_and_all_lie_in_the_crop() -> None:
    points = dense_points(1.0)
    assert points.shape == (27, 2) and len(np.unique(points, axis=0)) == 27
    assert (points > 0).all() and (points < 1).all()


@pytest.mark.parametrize("name", [name for name in AROUND_112 if "left" in name])
def test_left_and_right_mirror_each_other(name: str) -> None:
    (x, y), (mirrored, same_y) = AROUND_112[name], AROUND_112[name.replace("left", "right")]
    assert x + mirrored == 112 and y == same_y


def test_names_are_where_they_say() -> None:
    """Rows increase downwards: brows above eyes above wings above lips above the chin."""
    y = {name: place[1] for name, place in AROUND_112.items()}
    order = ["forehead", "left brow, middle", "left eye, inner corner", "nose, middle", "nose, left wing"]
    order += ["mouth, middle", "lower lip", "chin"]
    heights = [y[name] for name in order]
    assert heights == sorted(heights)


def test_a_grid_covers_the_crop_evenly() -> None:
    np.testing.assert_allclose(grid_points(2), [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]])
