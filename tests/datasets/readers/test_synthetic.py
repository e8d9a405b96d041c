"""The synthetic sets: lazy, reproducible, with pairs whose folds share nobody."""

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.datasets.generator.sweep import SWEEPS
from eigen2arc.datasets.generator.truth import truth
from eigen2arc.datasets.readers import synthetic, synthetic_sweep


@pytest.fixture(scope="module")
def small():
    return synthetic.build(people=24, images_per_person=3, seed=4, size_px=48, pairs=200)


def test_rows_agree(small):
    assert len(small.images) == len(small.images.names) == len(small.labels) == len(small.faces) == 72
    np.testing.assert_array_equal(small.labels, np.repeat(np.arange(24), 3))
    assert small.images.names[4] == "00001/0001"
    assert all(column.shape == (72,) for column in small.factors.values())
    known = truth_of(small, 7)
    np.testing.assert_array_equal(small.faces[7].boxes[0], known.box)
    np.testing.assert_array_equal(small.faces[7].landmarks[0], known.landmarks)


def truth_of(dataset, index):
    from eigen2arc.datasets.generator.identity import sample_identity

    images = dataset.images
    return truth(sample_identity(images.identity_seeds[index]), images.factors[index], size_px=images.size_px)


def test_an_image_depends_on_seed_person_and_number_only(small):
    larger = synthetic.build(people=30, images_per_person=5, seed=4, size_px=48)
    np.testing.assert_array_equal(small.images[2 * 3 + 1], larger.images[2 * 5 + 1])
    other = synthetic.build(people=3, images_per_person=3, seed=5, size_px=48)
    assert not set(other.images.identity_seeds) & set(small.images.identity_seeds)


def test_the_version_names_the_recipe(small):
    same = synthetic.build(people=24, images_per_person=3, seed=4, size_px=48, pairs=40)
    assert same.images.version == small.images.version
    changed = [
        synthetic.build(people=24, images_per_person=3, **{"seed": 4, "size_px": 48, "difficulty": 0.5, name: value})
        for name, value in (("seed", 5), ("size_px", 49), ("difficulty", 0.6))
    ]
    assert len({small.images.version, *(one.images.version for one in changed)}) == 4


def test_trials_are_balanced_and_folds_share_nobody(small):
    trials, labels = small.trials, small.labels
    assert trials.same.sum() * 2 == len(trials)
    np.testing.assert_array_equal(labels[trials.first] == labels[trials.second], trials.same)
    folds = [
        set(labels[trials.first[trials.fold == k]]) | set(labels[trials.second[trials.fold == k]]) for k in range(10)
    ]
    assert sum(map(len, folds)) == len(set().union(*folds))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"people": 0}, "synthetic: people = 0: expected a whole number from 1 to 100000"),
        ({"seed": -1}, "seed = -1: expected a whole number of at least 0"),
        ({"size_px": 4}, "size_px = 4: expected a whole number from 16"),
        ({"difficulty": 2.0}, "difficulty = 2.0: expected a number from 0 to 1"),
        ({"pairs": 7}, "pairs = 7: expected a whole number from 20"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(UserError, match=message):
        plugins.build("dataset", "synthetic", **settings)


def test_one_person_or_one_image_each_makes_no_trials():
    assert synthetic.build(people=1, images_per_person=3, size_px=32).trials is None
    assert synthetic.build(people=3, images_per_person=1, size_px=32).trials is None


def test_every_level_of_every_factor_has_its_pairs():
    people = 7
    dataset = synthetic_sweep.build(people=people, size_px=48)
    trials = dataset.trials
    assert dataset.sweeps == tuple(sweep.name for sweep in SWEEPS)
    np.testing.assert_array_equal(dataset.labels[trials.first] == dataset.labels[trials.second], trials.same)
    swept, level = dataset.factors["swept"], dataset.factors["level"]
    assert np.isnan(swept[trials.first]).all()
    for number, sweep in enumerate(SWEEPS):
        for value in sweep.levels:
            pairs = (swept[trials.second] == number) & (level[trials.second] == np.float32(value))
            assert pairs.sum() == 2 * people and trials.same[pairs].sum() == people
    person = dataset.labels
    assert (person[trials.first] % 3 == trials.fold).all() and (person[trials.second] % 3 == trials.fold).all()


def test_a_swept_image_shows_its_level():
    dataset = synthetic_sweep.build(people=4, size_px=64)
    names = list(dataset.images.names)
    left_out = {name: dataset.factors[name] for name in ("yaw_deg", "age_years", "resolution_px")}
    assert abs(left_out["yaw_deg"][names.index("00002/yaw_deg_60")]) == 60.0
    assert left_out["age_years"][names.index("00002/age_years_78")] == 78.0
    assert left_out["resolution_px"][names.index("00001/resolution_px_20")] == 20.0
