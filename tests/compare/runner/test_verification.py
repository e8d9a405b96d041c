"""No identity of a test fold reaches what is fitted, and who may not know who is who is not told."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.runner.verification import training_sets
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

PEOPLE, EACH, FOLDS = 12, 5, 4
PERSON = np.arange(PEOPLE).repeat(EACH)

Seen = list[tuple[str, list, list]]
Compare = Callable[..., dict[str, Any]]


def suite(task: str, encoder: str, labels: str, matcher: str = "euclidean", more: str = "") -> str:
    return f"""
[{task}]
dataset = "numbered"
{more}
[[systems]]
name = "spy"
detector = "fixed_box"
aligner = {{ name = "box", size_px = 8 }}
encoder = "{encoder}"
matcher = "{matcher}"
labels = "{labels}"
"""


@pytest.mark.parametrize("encoder", ["spy", "staged_spy"])
@pytest.mark.parametrize("labels", ["identities", "pairs", "none"])
@pytest.mark.parametrize("people_folds", ["true", "false"])
def test_nobody_of_the_tested_fold_is_learned_from(
    seen: Seen, compare: Compare, encoder: str, labels: str, people_folds: str
) -> None:
    compare(suite("verification", encoder, labels, more=f"people_folds = {people_folds}"))
    fits = [(np.array(images), known) for what, images, known in seen if what == "fit"]
    assert len(fits) == FOLDS
    for fold, (images, known) in enumerate(fits):
        assert set(PERSON[images] % FOLDS) == set(range(FOLDS)) - {fold}
        everything = labels == "identities" and people_folds == "true"
        # The fifth image of a person is in no pair: only who may use all images of the people sees it.
        assert (EACH - 1 in images % EACH) == everything
        assert len(images) == (EACH if everything else EACH - 1) * PEOPLE * (FOLDS - 1) // FOLDS
        if labels == "identities":
            np.testing.assert_array_equal(known, PERSON[images])
        else:
            assert len(set(known)) == len(images)


@pytest.mark.parametrize("labels", ["identities", "pairs"])
@pytest.mark.parametrize("encoder", ["number", "staged_spy"])
def test_a_matcher_learns_from_the_other_folds_pairs(seen: Seen, compare: Compare, encoder: str, labels: str) -> None:
    compare(suite("verification", encoder, labels, "pair_spy"))
    fits = [(np.array(pairs), same) for what, pairs, same in seen if what == "pairs"]
    assert len(fits) == FOLDS
    for fold, (pairs, same) in enumerate(fits):
        # The staged spy's vectors are numbers less the mean of those it was fitted on.
        means = [np.rint(np.mean(images)) for what, images, _ in seen if what == "fit"]
        images = np.rint(pairs + (means[fold] if means else 0)).astype(int)
        assert set(PERSON[images].ravel() % FOLDS) == set(range(FOLDS)) - {fold}
        assert len(pairs) == 6 * PEOPLE * (FOLDS - 1) // FOLDS
        np.testing.assert_array_equal(PERSON[images[:, 0]] == PERSON[images[:, 1]], same)


def test_a_matcher_that_learns_may_not_where_nothing_is_known(seen: Seen, compare: Compare) -> None:
    with pytest.raises(UserError, match="pair_spy learns from pairs, which labels = 'none' does not allow"):
        compare(suite("verification", "number", "none", "pair_spy"))
    assert not seen
    with pytest.raises(UserError, match="pair_spy learns from pairs, and a gallery has none"):
        compare(suite("identification", "number", "pairs", "pair_spy"))


@pytest.mark.parametrize("encoder", ["spy", "staged_spy"])
@pytest.mark.parametrize("labels", ["identities", "none"])
def test_each_round_learns_from_its_gallery_alone(seen: Seen, compare: Compare, encoder: str, labels: str) -> None:
    compare(suite("identification", encoder, labels, more='rounds = "random"'))
    splits = plugins.build("dataset", "numbered", rounds="random").splits
    fits = [(images, known) for what, images, known in seen if what == "fit"]
    assert len(fits) == len(splits) == 11
    for (images, known), split in zip(fits, splits, strict=True):
        assert images == np.flatnonzero(split == 0).tolist()
        assert (known == PERSON[images].tolist()) if labels == "identities" else len(set(known)) == len(images)


@pytest.mark.parametrize("encoder", ["spy", "staged_spy"])
def test_a_limit_is_one_on_what_is_tested(seen: Seen, compare: Compare, encoder: str) -> None:
    """What is learned from is as much as without it; the lines are about what was run."""
    text = suite("verification", encoder, "identities")
    whole, fits = compare(text), [one for one in seen if one[0] == "fit"]
    seen.clear()
    few = compare(text, "few", most=12)
    assert [one for one in seen if one[0] == "fit"] == fits and len(fits) == FOLDS
    assert few["systems"][0]["verification"]["pairs"] == 12 and whole["systems"][0]["verification"]["pairs"] == 72
    said = few["datasets"]["verification"]
    assert said["limited"] == "12 of 72 pairs" and whole["datasets"]["verification"]["limited"] == ""
    assert said["tested"].startswith("12 pairs in 4 folds, ") and said["people"] == PEOPLE
    assert few["systems"][0]["verification"]["protocol"] == f"{said['tested']}; evenly chosen from numbered"
    assert few["systems"][0]["crops_sha256"] == whole["systems"][0]["crops_sha256"]


def test_a_limit_leaves_a_matchers_training_pairs(seen: Seen, compare: Compare) -> None:
    text = suite("verification", "number", "identities", "pair_spy")
    compare(text)
    fits = [one for one in seen if one[0] == "pairs"]
    seen.clear()
    compare(text, "few", most=12)
    assert [one for one in seen if one[0] == "pairs"] == fits


def test_a_limit_saves_the_work_where_nothing_learns(seen: Seen, compare: Compare) -> None:
    compare(suite("verification", "number", "identities"), most=3)
    encoded = {image for what, images, _ in seen if what == "encode" for image in images}
    assert len(encoded) <= 6


@pytest.mark.data
@pytest.mark.parametrize("view", ["view2", "view2-all"])
@pytest.mark.parametrize("labels", ["identities", "pairs", "none"])
def test_lfw_trains_and_tests_on_other_people(data_root: Any, view: str, labels: str) -> None:
    dataset = plugins.build("dataset", "lfw", root=data_root, view=view)
    trials, people = dataset.trials, dataset.labels
    sets = list(training_sets(dataset, labels))
    assert len(sets) == 10
    for number, fold in enumerate(sets):
        tested = {*people[trials.first[fold.tested]], *people[trials.second[fold.tested]]}
        assert (trials.fold[fold.tested] == number).all() and len(fold.tested) == 600
        assert not tested & {*people[fold.images]}
        assert not tested & {*people[trials.first[fold.pairs]], *people[trials.second[fold.pairs]]}
        assert len(fold.pairs) == 5400
        if labels == "identities":
            np.testing.assert_array_equal(fold.labels, people[fold.images])
            if view == "view2-all":  # all people of the other folds, also those that are in no pair
                np.testing.assert_array_equal(fold.images, np.flatnonzero(dataset.fold != number))
        else:
            assert len(np.unique(fold.labels)) == len(fold.images)
            used = {*trials.first[fold.pairs], *trials.second[fold.pairs]}
            assert {*fold.images} == used
