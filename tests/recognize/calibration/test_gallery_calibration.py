"""What the best score in a gallery means: by slow loops, on strangers who were not there, and with too few people."""

import json
import math

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.recommended_threshold import FACTOR
from eigen2arc.recognize.calibration import gallery_calibration
from eigen2arc.recognize.calibration.gallery_calibration import (
    GalleryCalibration,
    Strangers,
    calibrate_gallery,
    gallery_calibration_of,
)
from eigen2arc.recognize.calibration.pair_calibration import PairCalibration, calibrate_pairs

from .people import READING, Vectors, draw_people

WORDS = {"data": "drawn people", "date": "2026-01-02"}


def calibrated(vectors: np.ndarray, person: np.ndarray, **more: object) -> GalleryCalibration:
    index = Vectors(vectors)
    return calibrate_gallery(index, index.ids, person, **WORDS, **more)


@pytest.fixture(scope="module")
def pairs() -> PairCalibration:
    vectors, person = draw_people(150, 3, np.random.default_rng(7))
    return calibrate_pairs(vectors @ vectors.T, person, **WORDS, reading=READING)


def mean_score(vectors: np.ndarray, person: np.ndarray, image: int, whose: int) -> float:
    """The cosine of an image to the mean of a person's others, -1 where there are none."""
    own = [vectors[j].astype(np.float64) for j in range(len(person)) if person[j] == whose and j != image]
    mean = sum(own, np.zeros(vectors.shape[1]))
    return float(vectors[image] @ mean / np.linalg.norm(mean)) if own else -1.0


def means_of(vectors: np.ndarray, person: np.ndarray) -> np.ndarray:
    """The mean of each person, of length 1."""
    made = np.stack([vectors[person == one].mean(axis=0) for one in range(int(person.max()) + 1)])
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_it_is_what_slow_loops_find(rng: np.random.Generator) -> None:
    vectors, person = draw_people(40, 3, rng, dimensions=8)
    keep = np.arange(len(person)) % 11 != 0  # some have fewer images than others
    vectors, person = vectors[keep], person[keep]
    made = calibrated(vectors, person, fpir=0.2)
    strangers, mated = [], []
    for i in range(len(person)):
        means = {one: mean_score(vectors, person, i, one) for one in set(person.tolist())}
        strangers.append(max(score for one, score in means.items() if one != person[i]))
        if (person == person[i]).sum() > 1:
            best = max(means, key=lambda one: means[one])
            mated.append((means[best], best == person[i]))
    assert (made.people, made.images) == (40, len(person)) and made.source == "gallery" and made.threshold is not None
    assert made.strangers == len(strangers) and made.stranger_people == 40
    taken = sum(one >= made.threshold for one in strangers)
    lower = max(one for one in strangers if one < made.threshold)  # two who are each other's nearest have one score
    assert made.fpir == 0.2 and taken <= 0.2 * len(strangers) < sum(one >= lower for one in strangers)
    assert made.found is not None
    assert made.found.value == pytest.approx(taken / len(strangers)) and made.found.low < 0.2 < made.found.high
    right = sum(score >= made.threshold and own for score, own in mated)
    assert made.looked_up == len(mated) and made.dir is not None
    assert made.dir.value == pytest.approx(right / len(mated))


def test_the_rate_of_strangers_who_were_not_there_lies_in_its_interval() -> None:
    inside, promised = 0, 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        vectors, person = draw_people(150, 2, rng)
        made = calibrated(vectors, person, fpir=0.05)
        assert made.found is not None and made.fpir is not None
        others, _ = draw_people(3000, 1, rng)
        rate = float(((others @ means_of(vectors, person).T).max(axis=1) >= made.threshold).mean())
        inside += made.found.low <= rate <= made.found.high
        promised += rate <= FACTOR * made.fpir
    assert inside >= 22 and promised >= 23


def test_two_who_are_alike_count_once(rng: np.random.Generator) -> None:
    vectors, person = draw_people(60, 1, rng)
    alone = calibrated(vectors, person, fpir=0.1)
    vectors[1::2] = vectors[::2] + 0.02 * rng.normal(size=(30, 24)).astype(np.float32)
    twins = calibrated(vectors, person, fpir=0.1)
    assert alone.dir is None and alone.looked_up == 0 and alone.slope is None and alone.probability(1.0) is None
    # All have a twin, whom they are taken for, and each two of them make one decision.
    assert twins.found is not None or twins.threshold is None
    search = gallery_calibration._Search(Vectors(vectors), Vectors(vectors).ids, person)
    twin_units = gallery_calibration._units(gallery_calibration._look_up(search, rng))
    assert len(np.unique(twin_units)) == 30


def test_probabilities_hold_for_strangers_and_people_alike() -> None:
    rng = np.random.default_rng(11)
    vectors, person = draw_people(300, 4, rng, dimensions=12)
    enrolled = np.arange(1200) % 4 < 3
    made = calibrated(vectors[enrolled], person[enrolled])
    probes = vectors[~enrolled]
    strangers, _ = draw_people(300, 1, rng, dimensions=12)
    score = np.concatenate([probes, strangers]) @ means_of(vectors[enrolled], person[enrolled]).T
    best = score.max(axis=1)
    right = np.append(score[:300].argmax(axis=1) == person[~enrolled], np.zeros(300, bool))
    told = np.array([made.probability(float(one)) for one in best])
    assert abs(told.mean() - right.mean()) < 0.05
    loss = -np.log(np.where(right, told, 1 - told)).mean()
    base = right.mean()
    assert loss < 0.8 * -(base * math.log(base) + (1 - base) * math.log(1 - base))


def test_few_people_are_enough_for_a_higher_rate_or_lean_on_pairs(pairs: PairCalibration) -> None:
    vectors, person = draw_people(60, 2, np.random.default_rng(2))
    some = calibrated(vectors, person)
    assert some.fpir is not None and some.fpir > 0.01 and some.source == "gallery"
    assert some.note == f"60 people are too few for a rate of 1 %, and enough for {100 * some.fpir:g} %"
    few = calibrated(vectors[:8], person[:8])
    assert few.threshold is None and few.fpir is None and few.source == "" and few.dir is None
    assert "4 people are too few for a rate of 1 %" in few.note and few.probability(0.5) is None

    leaning = calibrated(vectors[:8], person[:8], pairs=pairs)
    at = next(one for one in pairs.points if one.promised and 2 * one.asked * 8 <= 0.01)
    assert leaning.threshold == at.threshold and leaning.source == "pairs" and leaning.fpir == 0.01
    assert "the threshold is that of pairs, on drawn people" in leaning.note
    # Bayes' rule: eight images, half of all faces of one of them, and the others' likelihood ratios 1 in the mean.
    ratio = math.exp(pairs.slope * 0.4 + pairs.offset)
    assert leaning.probability(0.4) == pytest.approx((ratio / 16) / (ratio / 16 + 1))
    # Bonferroni's bound holds on strangers.
    others, _ = draw_people(4000, 1, np.random.default_rng(3))
    nearest = (others @ means_of(vectors[:8], person[:8]).T).max(axis=1)
    assert (nearest >= leaning.threshold).mean() <= 0.02


def test_strangers_count_beside_the_own_people(rng: np.random.Generator) -> None:
    vectors, person = draw_people(30, 2, rng)
    others, who = draw_people(200, 2, rng)
    made = calibrated(vectors, person, fpir=0.05, strangers=Strangers(others, who))
    assert made.strangers == 60 + 400 and made.stranger_people == 230 and made.fpir == 0.05


def test_of_many_some_are_looked_up(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    monkeypatch.setattr(gallery_calibration, "MOST_PEOPLE", 20)
    vectors, person = draw_people(50, 6, rng)
    made = calibrated(vectors, person, fpir=0.2)
    assert (made.people, made.images) == (50, 300)
    assert made.strangers == made.looked_up == 20 * gallery_calibration.MOST_EACH and made.stranger_people == 20
    assert made == calibrated(vectors, person, fpir=0.2)


def test_a_gallery_of_one_and_of_nobody(rng: np.random.Generator) -> None:
    vectors, person = draw_people(1, 3, rng)
    one = calibrated(vectors, person)
    assert one.threshold is None and one.strangers == 0 and one.looked_up == 3 and one.images == 3
    assert calibrated(vectors[:1], person[:1]).looked_up == 0
    empty = calibrated(vectors[:0], person[:0])
    assert empty.threshold is None and empty.images == 0 and "0 people are too few" in empty.note


def test_it_goes_to_json_and_back(pairs: PairCalibration) -> None:
    vectors, person = draw_people(40, 2, np.random.default_rng(2))
    for made in (calibrated(vectors, person, fpir=0.2), calibrated(vectors[:4], person[:4])):
        assert gallery_calibration_of(json.loads(json.dumps(made.to_json())), "here") == made
    whole = calibrated(vectors, person, fpir=0.2).to_json()
    for change in ({"threshold": float("inf")}, {"slope": -1.0, "offset": 0.0}, {"fpir": None}, {"asked": 2.0}):
        value = whole | change
        with pytest.raises(UserError, match="here"):
            gallery_calibration_of(value, "here")
