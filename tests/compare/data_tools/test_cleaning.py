"""Cleaning by distance to the class centre against a slow loop, and what holds for any vectors."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.compare.data_tools.cleaning import clean
from eigen2arc.core.errors import UserError


def slow(vectors: np.ndarray, labels: np.ndarray, threshold_rad: float, rounds: int) -> list[bool]:
    """The same, one image and one number at a time."""

    def angle(i: int, members: list[int]) -> float:
        units = [[v / math.sqrt(sum(x * x for x in vectors[m])) for v in vectors[m]] for m in members]
        centre = [sum(column) for column in zip(*units, strict=True)]
        dot = sum(v * c for v, c in zip(vectors[i], centre, strict=True))
        lengths = math.sqrt(sum(v * v for v in vectors[i])) * math.sqrt(sum(c * c for c in centre))
        return math.acos(max(-1.0, min(1.0, dot / lengths)))

    kept = [True] * len(labels)
    for person in {int(label) for label in labels if label >= 0}:
        members = [i for i, label in enumerate(labels) if label == person]
        for _ in range(rounds):
            angles = {i: angle(i, members) for i in members}
            left = [i for i in members if angles[i] <= threshold_rad]
            left = left or [i for i in members if angles[i] <= min(angles.values()) + 1e-6]
            if left == members:
                break
            members = left
        for i, label in enumerate(labels):
            kept[i] = kept[i] if label != person else i in members
    return kept


@st.composite
def labelled(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n, d = draw(st.integers(1, 25)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    return rng.normal(size=(n, d)) + draw(st.floats(0, 2)), rng.integers(-1, 5, n)


@given(labelled(), st.floats(0.05, math.pi), st.integers(1, 4))
def test_against_a_slow_loop(drawn: tuple[np.ndarray, np.ndarray], threshold_rad: float, rounds: int) -> None:
    vectors, labels = drawn
    result = clean(vectors, labels, threshold_rad=threshold_rad, rounds=rounds)
    assert result.kept.tolist() == slow(vectors, labels, threshold_rad, rounds)
    assert result.people.tolist() == sorted({int(label) for label in labels if label >= 0})
    assert result.images.tolist() == [int((labels == p).sum()) for p in result.people]
    assert result.left.tolist() == [int(result.kept[labels == p].sum()) for p in result.people]
    assert (result.left > 0).all() and result.kept[labels == -1].all()  # nobody is emptied
    assert np.isnan(result.angle_rad[labels == -1]).all() and not np.isnan(result.angle_rad[labels >= 0]).any()


@given(labelled(), st.floats(0.2, 2), st.integers(1, 4), st.integers(0, 999))
def test_neither_order_nor_length_matters(
    drawn: tuple[np.ndarray, np.ndarray], threshold_rad: float, rounds: int, seed: int
) -> None:
    vectors, labels = drawn
    rng = np.random.default_rng(seed)
    order, length = rng.permutation(len(labels)), rng.uniform(0.1, 9, (len(labels), 1))
    first = clean(vectors, labels, threshold_rad=threshold_rad, rounds=rounds)
    second = clean((vectors * length)[order], labels[order], threshold_rad=threshold_rad, rounds=rounds)
    assert np.array_equal(second.kept, first.kept[order])
    np.testing.assert_allclose(second.angle_rad, first.angle_rad[order], atol=1e-7)


def test_a_stranger_is_found_out(rng: np.random.Generator) -> None:
    """Six images near one direction and one, by mistake, near another one."""
    ada, bob = np.eye(8)[:2]
    vectors = np.concatenate([ada + 0.05 * rng.normal(size=(6, 8)), [bob], bob + 0.05 * rng.normal(size=(5, 8))])
    labels = np.repeat([3, 5], [7, 5])
    result = clean(vectors, labels, threshold_rad=math.radians(40), rounds=3)
    assert np.flatnonzero(~result.kept).tolist() == [6]
    assert result.people.tolist() == [3, 5] and result.left.tolist() == [6, 5]
    assert math.radians(75) < result.angle_rad[6] < math.radians(105)


def test_the_centre_moves_as_strangers_go() -> None:
    """Worked by hand: unit vectors at angles, whose mean lies at an angle that is easy to say."""
    at = np.radians([-10, 10, 0, 120])
    vectors = np.stack([np.cos(at), np.sin(at)], axis=1)
    labels = np.zeros(4, np.int64)
    # Mean of the four: 2 cos 10 + 1 + cos 120 = 2.4696, sin 120 = 0.8660: at 19.3 degrees, so -10 is at 29.3.
    one = clean(vectors, labels, threshold_rad=math.radians(29), rounds=1)
    assert one.kept.tolist() == [False, True, True, False]
    # With 30 degrees the one at 120 goes alone, and the new centre is at 0: nobody is farther than 10 from it.
    two = clean(vectors, labels, threshold_rad=math.radians(30), rounds=2)
    assert two.kept.tolist() == [True, True, True, False]
    np.testing.assert_allclose(np.degrees(two.angle_rad), [10, 10, 0, 120], atol=1e-9)


def test_two_images_that_differ_both_stay() -> None:
    """Nothing says which of them is wrong."""
    two = clean(np.eye(2), np.zeros(2, np.int64), threshold_rad=0.5, rounds=3)
    assert two.kept.all()
    np.testing.assert_allclose(two.angle_rad, np.pi / 4)


def test_a_vector_of_no_length_is_far_from_all() -> None:
    result = clean(np.array([[3.0, 0.0], [0.0, 0.0]]), np.zeros(2, np.int64), threshold_rad=1.5, rounds=2)
    assert result.kept.tolist() == [True, False]
    np.testing.assert_allclose(result.angle_rad, [0, np.pi / 2])


def test_refused() -> None:
    labels = np.zeros(2, np.int64)
    for threshold in (0.0, 4.0, math.nan):
        with pytest.raises(UserError, match="threshold_rad"):
            clean(np.ones((2, 3)), labels, threshold_rad=threshold, rounds=1)
    with pytest.raises(UserError, match="rounds=0"):
        clean(np.ones((2, 3)), labels, threshold_rad=1, rounds=0)
    with pytest.raises(ValueError, match="not finite"):
        clean(np.array([[1, np.nan], [1, 1]]), labels, threshold_rad=1, rounds=1)
    with pytest.raises(ValueError, match="vectors: expected shape"):
        clean(np.ones((3, 3)), labels, threshold_rad=1, rounds=1)
