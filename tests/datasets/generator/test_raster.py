"""The rasterizer against a slow loop that solves each pixel's barycentric coordinates as a linear system."""

import numpy as np
import pytest

from eigen2arc.datasets.generator.raster import rasterize

SIDE = 24


def draw(points, triangles, *, uv=None, layer=None, closed=None, textures=None, side=SIDE):
    count = len(triangles)
    uv = np.zeros((len(points), 2), np.float32) if uv is None else uv
    layer = np.full(count, -1, np.int32) if layer is None else layer
    closed = np.zeros(count, bool) if closed is None else closed
    textures = np.ones((1, 4, 4, 4), np.float32) if textures is None else textures
    depth, index = np.zeros((side, side), np.float32), np.full((side, side), -1, np.int32)
    weight = np.zeros((side, side, 2), np.float32)
    rasterize(points, np.asarray(triangles, np.int32), uv, layer, closed, textures, depth, index, weight)
    return depth, index, weight


def slow(points, triangles, side=SIDE):
    """Nearest triangle, its 1/distance and its perspective-correct weights at every pixel, one 3x3 solve each."""
    depth, index, weight = np.zeros((side, side)), np.full((side, side), -1), np.zeros((side, side, 2))
    for y in range(side):
        for x in range(side):
            for t, corners in enumerate(triangles):
                p = points[list(corners)]
                flat = np.linalg.solve(np.vstack([p[:, 0], p[:, 1], np.ones(3)]), [x + 0.5, y + 0.5, 1.0])
                near = float(flat @ p[:, 2])
                if (flat >= 0.0).all() and near > depth[y, x]:
                    depth[y, x], index[y, x] = near, t
                    # A point at share s of a triangle in space has share s * near / near_corner ... inverted here.
                    weight[y, x] = (flat * p[:, 2] / near)[:2]
    return depth, index, weight


@pytest.mark.parametrize("seed", range(5))
def test_random_triangles_equal_a_slow_loop(seed):
    rng = np.random.default_rng(seed)
    points = np.column_stack([rng.uniform(-6.0, SIDE + 6.0, (15, 2)), rng.uniform(0.2, 1.0, 15)])
    triangles = np.arange(15).reshape(5, 3)
    depth, index, weight = draw(points, triangles)
    slow_depth, slow_index, slow_weight = slow(points, triangles)
    np.testing.assert_array_equal(index, slow_index)
    np.testing.assert_allclose(depth, slow_depth, rtol=1e-5)
    np.testing.assert_allclose(weight, slow_weight, atol=1e-5)
    assert (index >= 0).any()


@pytest.mark.parametrize(("a", "b"), [((10, 0), (7, 7)), ((9, 3), (3, 9)), ((10, 1), (6, 8)), ((8, 4), (4, 8))])
def test_triangles_that_share_an_edge_cover_each_pixel_once(a, b):
    """A fan around a pixel's middle: every pixel is drawn by one triangle, none by two, on any side of the edges.

    The coordinates are halves, for which the edge functions are exact.
    """
    quarter_turns = [((x, y), (-y, x), (-x, -y), (y, -x)) for x, y in (a, b)]
    rim = np.array([point for pair in zip(*quarter_turns, strict=True) for point in pair], dtype=float)
    rim = np.column_stack([rim + 12.5, np.ones(8)])
    points = np.vstack([[12.5, 12.5, 1.0], rim])
    fan = [(0, 1 + k, 1 + (k + 1) % 8) for k in range(8)]
    drawn = np.stack([draw(points, [triangle])[1] >= 0 for triangle in fan])
    assert drawn.sum(axis=0).max() == 1
    together = draw(points, fan)[1] >= 0
    np.testing.assert_array_equal(drawn.any(axis=0), together)
    assert together[12, 12]


def test_a_closed_surface_is_not_drawn_from_behind():
    points = np.array([[2.0, 2.0, 1.0], [20.0, 2.0, 1.0], [2.0, 20.0, 1.0]])
    clockwise, counter = [(0, 1, 2)], [(0, 2, 1)]
    closed = np.ones(1, bool)
    assert (draw(points, clockwise, closed=closed)[1] >= 0).any()
    assert (draw(points, counter, closed=closed)[1] < 0).all()
    np.testing.assert_array_equal(draw(points, clockwise)[1], draw(points, counter)[1])


def test_weights_belong_to_the_callers_corners_in_either_orientation():
    points = np.array([[2.0, 2.0, 1.0], [20.0, 2.0, 0.5], [2.0, 20.0, 0.25]])
    _, index, one = draw(points, [(0, 1, 2)])
    _, _, other = draw(points, [(0, 2, 1)])
    seen = index >= 0
    np.testing.assert_allclose(one[seen][:, 0], other[seen][:, 0], atol=1e-6)
    np.testing.assert_allclose(one[seen][:, 1], 1.0 - other[seen].sum(axis=1), atol=1e-6)


def test_a_texture_without_coverage_is_a_hole():
    points = np.array([[0.0, 0.0, 1.0], [48.0, 0.0, 1.0], [0.0, 48.0, 1.0]])
    uv = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]], np.float32)
    textures = np.ones((1, 2, 2, 4), np.float32)
    textures[0, :, 1, 3] = 0.0  # the right half
    _, index, _ = draw(points, [(0, 1, 2)], uv=uv, layer=np.zeros(1, np.int32), textures=textures)
    assert (index[:, : SIDE // 2] == 0).all()
    assert (index[:, SIDE // 2 :] == -1).all()
