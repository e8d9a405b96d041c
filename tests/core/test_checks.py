import numpy as np
import pytest

from eigen2arc.core.checks import check_crops, check_finite, check_image, check_shape


def test_letters_are_sizes_and_must_agree() -> None:
    assert check_shape(np.zeros((7, 5, 2)), "N 5 2", "points") == {"N": 7}
    assert check_shape(np.zeros((3, 9)), "N _", "x") == {"N": 3}
    with pytest.raises(ValueError, match=r"crops: expected shape \(N, S, S, 3\), got \(1, 4, 5, 3\)"):
        check_shape(np.zeros((1, 4, 5, 3)), "N S S 3", "crops")
    with pytest.raises(ValueError, match=r"got \(5,\)"):
        check_shape(np.zeros(5), "N 4", "boxes")


def test_images_are_uint8_rgb() -> None:
    assert check_image(np.zeros((4, 6, 3), np.uint8)) == (4, 6)
    for wrong in (np.zeros((4, 6, 3)), np.zeros((4, 6), np.uint8), np.zeros((0, 6, 3), np.uint8), "picture"):
        with pytest.raises(ValueError, match="image: expected"):
            check_image(wrong)  # type: ignore[arg-type]


def test_crops_may_be_none_at_all() -> None:
    assert check_crops(np.zeros((0, 8, 8, 3), np.uint8)) == (0, 8)
    with pytest.raises(ValueError, match="expected uint8 RGB, got float64"):
        check_crops(np.zeros((1, 8, 8, 3)))


def test_the_first_bad_value_is_named() -> None:
    with pytest.raises(ValueError, match=r"x: 2 of 4 values are not finite, the first at \(0, 1\)"):
        check_finite(np.array([[0, np.nan], [np.inf, 1]]), "x")
