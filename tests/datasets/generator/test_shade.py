"""Light against closed forms: Lambert's cosine, a sphere's normals, a shadow."""

import numpy as np
import pytest

from eigen2arc.datasets.generator.mesh import Material, ellipsoid
from eigen2arc.datasets.generator.raster import rasterize
from eigen2arc.datasets.generator.shade import shade, vertex_normals

QUAD = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
WHITE = np.array([[1.0, 1.0, 1.0, 0.0, 1.0, 0.0, -1.0]])
NO_TEXTURE = np.ones((1, 2, 2, 4), np.float32)


def picture(light, *, strength=1.0, ambient=0.0, blocked=False):
    """A plane that faces the camera, 8 x 8 pixels, under a lamp; optionally with something before the lamp."""
    points = np.array([[0.0, 0.0, 1.0], [8.0, 0.0, 1.0], [0.0, 8.0, 1.0], [8.0, 8.0, 1.0]])
    uv = np.zeros((4, 2), np.float32)
    depth, index = np.zeros((8, 8), np.float32), np.full((8, 8), -1, np.int32)
    weight = np.zeros((8, 8, 2), np.float32)
    rasterize(points, QUAD, uv, np.full(2, -1, np.int32), np.zeros(2, bool), NO_TEXTURE, depth, index, weight)
    normals = np.tile([0.0, 0.0, 1.0], (4, 1))
    lamp_points = np.column_stack([points[:, :2], np.full(4, 100.0)])
    shadow = np.full((8, 8), 200.0 if blocked else 100.0, np.float32)
    out = np.zeros((8, 8, 4), np.float32)
    shade(index, weight, QUAD, normals, uv, lamp_points, np.zeros(2, np.int32), WHITE, NO_TEXTURE, shadow,
          np.asarray(light), strength, ambient, out)  # fmt: skip
    return out


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 60.0, 80.0])
def test_brightness_is_the_cosine_of_the_lamps_angle(angle_deg):
    angle = np.deg2rad(angle_deg)
    out = picture([np.sin(angle), 0.0, np.cos(angle)], strength=0.7)
    np.testing.assert_allclose(out[..., :3], 0.7 * np.cos(angle), rtol=1e-5)
    np.testing.assert_array_equal(out[..., 3], 1.0)


def test_a_lamp_behind_gives_nothing():
    np.testing.assert_array_equal(picture([0.0, 0.0, -1.0])[..., :3], 0.0)


def test_shadow_takes_the_lamp_but_not_the_sky():
    lit, dark = picture([0.0, 0.0, 1.0], ambient=0.5), picture([0.0, 0.0, 1.0], ambient=0.5, blocked=True)
    sky = picture([0.0, 0.0, -1.0], ambient=0.5)
    inner = np.s_[2:6, 2:6, :3]  # beyond the map's border everything is lit
    np.testing.assert_allclose(dark[inner], sky[inner])
    np.testing.assert_allclose((lit - sky)[inner], 1.0, rtol=1e-5)


def test_normals_of_a_ball_point_along_its_radii():
    ball = ellipsoid(np.zeros(3), np.full(3, 50.0), Material(), rows=60, columns=80)
    normals = vertex_normals(ball.vertices, ball.triangles)
    radial = np.abs((normals * ball.vertices / 50.0).sum(axis=1))
    # The poles and the seam, where vertices coincide, have fewer triangles on one side.
    assert np.quantile(radial, 0.05) > 0.999
