"""Boxes and points against a camera matrix written another way, and against the signs that Factors promises."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.datasets.generator.camera import DISTANCE_MM, FIELD_MM, FRAME_CENTRE, NECK_PIVOT, Camera
from eigen2arc.datasets.generator.factors import Factors, sample_factors
from eigen2arc.datasets.generator.identity import sample_identity
from eigen2arc.datasets.generator.truth import truth

EYES, NOSE, MOUTH = [0, 1], 2, [3, 4]


def rodrigues(axis, degrees):
    """Rotation about a unit axis by the matrix exponential's closed form."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.deg2rad(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross


def camera_matrix(factors, size_px):
    """The 3 x 4 matrix K [R | t] of a pinhole whose own z axis points away from it, into the scene."""
    turn = rodrigues((0, 0, 1), factors.roll_deg) @ rodrigues((1, 0, 0), factors.pitch_deg)
    turn = turn @ rodrigues((0, 1, 0), factors.yaw_deg)
    target = turn @ (FRAME_CENTRE - NECK_PIVOT) + NECK_PIVOT
    into = np.diag([1.0, 1.0, -1.0])
    rotation = into @ turn
    shift = into @ (NECK_PIVOT - turn @ NECK_PIVOT - target) + [0.0, 0.0, DISTANCE_MM]
    focal = size_px * DISTANCE_MM / FIELD_MM
    intrinsic = np.array([[focal, 0.0, size_px / 2], [0.0, focal, size_px / 2], [0.0, 0.0, 1.0]])
    return intrinsic @ np.column_stack([rotation, shift])


@given(st.floats(-60, 60), st.floats(-28, 28), st.floats(-30, 30), st.integers(0, 30))
def test_points_are_those_of_the_unturned_face_through_a_camera_matrix(yaw, pitch, roll, seed):
    person = sample_identity(seed)
    turned = Factors(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
    # Where the points are in space, from two cameras that see the unturned head: straight on and from the side.
    front, side = Factors(), Factors(yaw_deg=40.0)
    seen = [(camera_matrix(one, 1000), truth(person, one, size_px=1000).landmarks) for one in (front, side)]
    matrix = camera_matrix(turned, 160)
    for point in range(5):
        rows = [pixel[point, k] * view[2] - view[k] for view, pixel in seen for k in (0, 1)]
        where = np.linalg.svd(np.array(rows))[2][-1]
        expected = matrix @ (where / where[3])
        got = truth(person, turned, size_px=160).landmarks[point]
        np.testing.assert_allclose(got, expected[:2] / expected[2], atol=0.02)


@given(st.integers(0, 10_000), st.floats(0.0, 1.0))
def test_a_box_holds_its_points_in_the_order_of_the_picture(seed, difficulty):
    factors = sample_factors(np.random.default_rng(seed), difficulty)
    known = truth(sample_identity(seed), dataclasses.replace(factors, roll_deg=0.0, yaw_deg=factors.yaw_deg / 3.0))
    x1, y1, x2, y2 = known.box
    assert (known.landmarks >= [x1, y1]).all() and (known.landmarks <= [x2, y2]).all()
    left_eye, right_eye, nose, left_mouth, right_mouth = known.landmarks
    assert left_eye[0] < nose[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.mark.parametrize("seed", range(4))
def test_signs_of_the_angles(seed):
    person = sample_identity(seed)

    def nose_from_eyes(**angles):
        points = truth(person, Factors(**angles)).landmarks
        return points[NOSE] - points[EYES].mean(axis=0)

    rest = nose_from_eyes()
    assert nose_from_eyes(yaw_deg=20.0)[0] > rest[0] + 3.0
    assert nose_from_eyes(pitch_deg=15.0)[1] < rest[1] - 3.0
    eyes = truth(person, Factors(roll_deg=20.0)).landmarks[EYES]
    slope = np.rad2deg(np.arctan2(*(eyes[1] - eyes[0])[::-1]))
    assert slope == pytest.approx(20.0, abs=1.5)


def test_expression_moves_the_corners_of_the_mouth():
    person = sample_identity(3)
    smile, rest, frown = (truth(person, Factors(expression=e)).landmarks[MOUTH] for e in (1.0, 0.0, -1.0))
    assert (smile[:, 1] < rest[:, 1]).all() and (rest[:, 1] < frown[:, 1]).all()
    assert np.ptp(smile[:, 0]) > np.ptp(rest[:, 0]) > np.ptp(frown[:, 0])


def test_truth_scales_with_the_picture():
    small, large = (truth(sample_identity(1), Factors(yaw_deg=10.0), size_px=size) for size in (80, 240))
    np.testing.assert_allclose(3.0 * small.box, large.box, rtol=1e-5)
    np.testing.assert_allclose(3.0 * small.landmarks, large.landmarks, rtol=1e-5)


def test_a_nearer_point_moves_farther_from_the_middle():
    camera = Camera(np.zeros(3), 100, 300.0)
    far, near = camera.project(np.array([[50.0, 0.0, 0.0], [50.0, 0.0, 100.0]]))
    assert far[0] == pytest.approx(50.0 + 50.0 * 100.0 / 300.0)
    assert near[0] > far[0] and near[2] > far[2]
