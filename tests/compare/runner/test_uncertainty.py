"""Intervals and comparisons of a run, as metrics.json has them."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.runner.detection import MatchedDetections
from eigen2arc.compare.runner.uncertainty import (
    comparisons,
    of_detection,
    of_identification,
    of_verification,
    people,
)
from eigen2arc.core.artefacts import Store
from eigen2arc.core.metrics import people_bootstrap
from eigen2arc.core.types import Dataset, Faces, Scores, Trials


class Blank:
    names = tuple(f"{n}.png" for n in range(12))
    version = "blank"

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        return np.zeros((8, 8, 3), np.uint8)


LABELS = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, -1, -1])


def dataset(labels: np.ndarray | None) -> Dataset:
    first, second = np.array([[0, 1], [2, 3], [4, 5], [6, 7], [0, 2], [4, 6], [8, 1], [3, 10]]).T
    same = np.arange(8) < 4
    return Dataset("blank", Blank(), labels=labels, trials=Trials(first, second, same, np.arange(8) % 2))


def test_who_is_not_known_is_a_person_alone() -> None:
    known, unit = people(dataset(LABELS))
    assert unit == "people" and known.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 15, 16]
    assert [people(dataset(labels))[1] for labels in (None, np.full(12, -1))] == ["images", "images"]


def test_verification_is_drawn_once_and_kept(tmp_path: Path, rng: np.random.Generator) -> None:
    tested = dataset(LABELS)
    assert tested.trials is not None
    scores = Scores(rng.normal(tested.trials.same, 0.3), tested.trials.same, tested.trials.fold)
    store = Store(tmp_path)
    made, answered = of_verification(store, scores, tested)
    person, _ = people(tested)
    fresh = people_bootstrap.verification(scores, person[tested.trials.first], person[tested.trials.second])
    assert made["resampled"] == {"unit": "people", "units": 6, "level": 0.95}
    assert list(made["intervals"]) == ["accuracy", "auc", "eer", "hter"]
    assert tuple(made["intervals"]["auc"].values()) == pytest.approx(fresh.auc.interval())
    assert made["det_band"]["fmr"] == pytest.approx(fresh.band_fmr)
    kept = list(tmp_path.glob("draws-*"))
    again, same = of_verification(store, scores, tested)
    assert again == made and len(kept) == 1 and list(tmp_path.glob("draws-*")) == kept
    np.testing.assert_array_equal(same.draws.people, answered.draws.people)
    assert answered.right is not None and answered.right.dtype == bool


def test_identification_is_a_mean_over_rounds() -> None:
    ranks, persons = [np.array([1, 3, 7, 1]), np.array([1])], [np.array([0, 1, 2, 3]), np.array([0])]
    made, answered = of_identification(ranks, persons, 8)
    assert list(made["intervals"]) == ["rank1", "rank5"]
    assert answered.draws.value == pytest.approx((2 / 4 + 1) / 2)
    assert answered.right is not None and answered.right.tolist() == [True, False, False, True, True]


def test_detection_leaves_out_what_is_ignored() -> None:
    found = Faces(np.tile([0, 0, 4, 4], (3, 1)), np.array([0.9, 0.8, 0.7]))
    one = MatchedDetections(found, np.array([True, False, False]), np.array([False, True, False]), None)
    truth = Faces(np.tile([0, 0, 4, 4], (2, 1)), np.ones(2))
    tested = Dataset("blank", Blank(), faces=[truth] * 12)
    made, answered = of_detection([one] * 12, tested)
    assert made["resampled"] == {"unit": "images", "units": 12, "level": 0.95}
    assert answered.draws.value == 0.5 and answered.right is None
    assert "recall_at_fp/10" in made["intervals"]


def test_comparisons_name_the_better_one_or_nobody(rng: np.random.Generator) -> None:
    hard = rng.random(300)
    rights = {"weak": hard < 0.5, "strong": hard < 0.9, "as strong": (hard + 0.01) % 1 < 0.9}
    answered = {
        name: of_identification([np.where(right, 1, 2)], [np.arange(300)], 2)[1] for name, right in rights.items()
    }
    (table,) = comparisons({"identification": answered})
    assert (table["metric"], table["unit"], table["units"]) == ("rank1", "people", 300)
    better = {(one["first"], one["second"]): one["better"] for one in table["pairs"]}
    assert better == {("weak", "strong"): "strong", ("weak", "as strong"): "as strong", ("strong", "as strong"): ""}
    assert all(one["p"] <= one["p_holm"] <= 1 and 0 <= one["mcnemar"] <= 1 for one in table["pairs"])
    assert comparisons({"identification": {"weak": answered["weak"]}}) == []
