"""What every stress promises, with its default settings. A new one needs no line here."""

import numpy as np
import pytest

from eigen2arc.core.plugins import build, plugins
from eigen2arc.datasets.generator.factors import Factors
from eigen2arc.datasets.images.stressed import Degradation, Redrawing, Stress, by_strength


@pytest.fixture(params=plugins("stress"))
def stress(request: pytest.FixtureRequest) -> Stress:
    return build("stress", request.param)


@pytest.fixture
def image(rng: np.random.Generator) -> np.ndarray:
    """A smooth pattern in colour."""
    coarse = rng.integers(30, 220, (9, 8, 3)).repeat(9, axis=0).repeat(9, axis=1).astype(np.float64)
    for _ in range(4):
        coarse = (np.roll(coarse, 1, 0) + np.roll(coarse, 1, 1) + np.roll(coarse, -1, 0) + np.roll(coarse, -1, 1)) / 4
    return coarse.astype(np.uint8)


def test_it_is_of_one_sort_and_says_what_its_levels_are(stress: Stress) -> None:
    assert isinstance(stress, Degradation) != isinstance(stress, Redrawing)
    levels = by_strength(stress)
    assert len(levels) >= 4 and stress.clean not in levels
    distances = np.abs(np.array(levels) - (1e6 if np.isinf(stress.clean) else stress.clean))
    assert (np.diff(distances) > 0).all() and list(levels) == list(stress.levels)
    assert ": " in stress.label


def test_an_image_gets_worse_from_level_to_level_and_stays_an_image(stress: Stress, image: np.ndarray) -> None:
    if not isinstance(stress, Degradation):
        pytest.skip("drawn anew")
    before, changes = image.copy(), []
    for level in by_strength(stress):
        made, again = (
            stress.apply(image, np.array([8.0, 12.0, 63.0, 70.0]), level, np.random.default_rng(3)) for _ in range(2)
        )
        assert made.dtype == np.uint8 and made.shape == image.shape and not np.shares_memory(made, image)
        np.testing.assert_array_equal(made, again)
        changes.append(float(np.abs(made.astype(int) - image).mean()))
    np.testing.assert_array_equal(image, before)
    assert changes[-1] > 2 and (stress.moves_face or (np.diff(changes) > 0).all())


@pytest.mark.parametrize("face", [(-30.0, -20.0, 5.0, 6.0), (3.0, 3.0, 3.0, 3.0), (-5.0, -5.0, 200.0, 90.0)])
@pytest.mark.parametrize("shape", [(1, 1, 3), (9, 40, 3)])
def test_faces_over_the_border_and_tiny_images_are_as_good(
    stress: Stress, face: tuple[float, ...], shape: tuple[int, int, int]
) -> None:
    if not isinstance(stress, Degradation):
        pytest.skip("drawn anew")
    for level in by_strength(stress):
        made = stress.apply(np.full(shape, 90, np.uint8), np.array(face), level, np.random.default_rng(1))
        assert made.shape == shape and made.dtype == np.uint8


def test_factors_change_further_from_level_to_level(stress: Stress) -> None:
    if not isinstance(stress, Redrawing):
        pytest.skip("not drawn anew")
    made = [stress.change(Factors(), level, np.random.default_rng(3)) for level in by_strength(stress)]
    assert len(set(made)) == len(made) and Factors() not in made
