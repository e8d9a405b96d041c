"""Places in a face: where the aligner has them, and alike on the left and on the right."""

import numpy as np
import pytest

from eigen2arc.classical.descriptors.face_points import AROUND_112, dense_points, five_points, grid_points
from eigen2arc.core.align import TEMPLATE_112


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
