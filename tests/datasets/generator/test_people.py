"""Identities and factors: drawn, reproducible, within their stated ranges."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.datasets.generator.factors import Factors, sample_factors
from eigen2arc.datasets.generator.identity import sample_identity
from eigen2arc.datasets.generator.shape import shape_of
from eigen2arc.datasets.generator.sweep import SWEEPS, swept_factors


@given(st.integers(0, 2**40))
def test_a_seed_is_one_person_within_the_stated_ranges(seed):
    person = sample_identity(seed)
    assert person == sample_identity(seed)
    for name, value in dataclasses.asdict(person).items():
        if name.endswith("_level"):
            assert 0.0 <= value <= 1.0, name
        elif name.endswith("_rgb"):
            assert all(0.0 < channel < 1.0 for channel in value), name


def test_people_differ_in_shape_and_colour():
    people = [sample_identity(seed) for seed in range(40)]
    shapes = np.stack([shape_of(person).skin.rest.ravel() for person in people])
    apart = [np.sqrt(np.mean((shapes[a] - shapes[b]) ** 2)) for a in range(40) for b in range(a)]
    assert min(apart) > 0.8  # millimetres, root mean square
    assert len({person.skin_rgb for person in people}) == 40


def test_difficulty_scales_the_spread():
    def spread(difficulty):
        drawn = [sample_factors(np.random.default_rng(k), difficulty) for k in range(300)]
        return np.std([one.yaw_deg for one in drawn]), np.mean([one.glasses > 0 for one in drawn])

    yaw, glasses = zip(*(spread(difficulty) for difficulty in (0.0, 0.25, 0.5, 1.0)), strict=True)
    assert yaw[0] == 0.0 and yaw[0] < yaw[1] < yaw[2] < yaw[3]
    assert glasses[0] == 0.0 and glasses[3] > glasses[1]
    with pytest.raises(ValueError, match="difficulty must lie in 0..1, got 1.5"):
        sample_factors(np.random.default_rng(0), 1.5)


def test_the_default_is_a_passport_photograph():
    still = Factors()
    assert still.yaw_deg == still.pitch_deg == still.roll_deg == still.expression == still.blur_px == 0.0
    assert still.jpeg_quality == 100 and still.glasses == 0


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.name)
def test_a_sweep_turns_its_own_factor(sweep):
    for level in sweep.levels:
        factors = swept_factors(sweep.name, level, np.random.default_rng(5))
        got = max(factors.mask, factors.hand) if sweep.name == "occlusion" else abs(getattr(factors, sweep.name))
        assert got == pytest.approx(level)
        others = {"mask", "hand", "glasses", "eyes_closed"} - ({"mask", "hand"} if sweep.name == "occlusion" else set())
        assert all(getattr(factors, name) == 0 for name in others)


def test_an_unknown_sweep_names_the_known_ones():
    with pytest.raises(ValueError, match="unknown sweep 'yaw'.*yaw_deg"):
        swept_factors("yaw", 1.0, np.random.default_rng(0))
