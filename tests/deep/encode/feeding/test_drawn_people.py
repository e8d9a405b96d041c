"""The drawn people that are kept are those that the script draws."""

import numpy as np
import pytest

from eigen2arc.deep.encode.feeding.drawn_people import IMAGES, PEOPLE, SIZE_PX, draw, drawn_people


def test_each_person_has_a_row_of_crops() -> None:
    crops, person = drawn_people()
    assert crops.shape == (PEOPLE * IMAGES, SIZE_PX, SIZE_PX, 3) and crops.dtype == np.uint8
    assert np.bincount(person).tolist() == [IMAGES] * PEOPLE


@pytest.mark.slow
def test_the_script_draws_them_again() -> None:
    """Apart from what JPEG changes, and what another version of OpenCV rounds otherwise."""
    crops, _ = drawn_people()
    sheet = draw()
    for index, crop in enumerate(crops):
        row, column = divmod(index, IMAGES)
        drawn = sheet[row * SIZE_PX : (row + 1) * SIZE_PX, column * SIZE_PX : (column + 1) * SIZE_PX]
        assert np.abs(drawn.astype(float) - crop).mean() < 4
