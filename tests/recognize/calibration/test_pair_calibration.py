"""What the score of a pair means: by slow loops, on other people, and at its thresholds."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import read_json, write_json
from eigen2arc.recognize.calibration.pair_calibration import (
    FMRS,
    PairCalibration,
    calibrate_pairs,
    pair_calibration_of,
)

from .people import READING, draw_people


def calibrated(people: int, images: int, rng: np.random.Generator) -> PairCalibration:
    vectors, person = draw_people(people, images, rng)
    return calibrate_pairs(vectors @ vectors.T, person, data="drawn people", date="2026-01-02", reading=READING)


@pytest.fixture(scope="module")
def made() -> PairCalibration:
    return calibrated(120, 3, np.random.default_rng(3))


def test_it_is_what_slow_loops_find() -> None:
    vectors, person = draw_people(14, 4, np.random.default_rng(1))
    made = calibrate_pairs(vectors @ vectors.T, person, data="d", date="2026-01-02", reading=READING)
    pairs = [(i, j) for i in range(len(person)) for j in range(i)]
    score = {(i, j): float(vectors[i] @ vectors[j]) for i, j in pairs}
    genuine = sorted(score[i, j] for i, j in pairs if person[i] == person[j])
    impostor = [score[i, j] for i, j in pairs if person[i] != person[j]]
    assert (made.people, made.paired_people, made.images) == (14, 14, 56)
    assert (made.genuine, made.impostor) == (len(genuine), len(impostor)) == (84, 1456)
    for point in made.points:
        accepted = sum(one >= point.threshold for one in impostor)
        assert accepted == int(round(point.asked * 1456, 6)) == round(point.fmr.value * 1456)
        assert point.fnmr.value == pytest.approx(sum(one < point.threshold for one in genuine) / 84)
    assert sum(one < made.different.threshold for one in genuine) == 0  # 1 % of 84 pairs is less than one
    assert made.different.threshold <= genuine[0] + 1e-6


def test_probabilities_hold_for_other_people() -> None:
    """Scores of two people are N(0, 1), those of one N(3, 1): the log-likelihood ratio is 3 s - 4.5."""
    rng, person = np.random.default_rng(4), np.repeat(np.arange(150), 4)
    noise = np.triu(rng.normal(size=(600, 600)), 1)
    score = noise + noise.T + 3.0 * (person[:, None] == person)
    made = calibrate_pairs(score, person, data="d", date="2026-01-02", reading=READING)
    assert made.log_likelihood_ratio(1.8) == pytest.approx(3 * 1.8 - 4.5, abs=0.35)
    genuine, impostor = (np.array([made.probability(one) for one in rng.normal(mean, 1, 4000)]) for mean in (3, 0))
    for low in np.arange(0, 1, 0.2):
        inside = [one[(one >= low) & (one < low + 0.2)] for one in (genuine, impostor)]
        told, true = np.concatenate(inside).mean(), len(inside[0]) / sum(map(len, inside))
        assert told == pytest.approx(true, abs=0.08)
    rises = np.array([made.probability(one) for one in np.linspace(-9, 9, 201)])
    assert (np.diff(rises) >= 0).all() and 0 < rises[0] < 0.02 and 0.99 < rises[-1] < 1


def test_nothing_is_surer_than_the_people_can_show(made: PairCalibration) -> None:
    rate = min(one.asked for one in made.points if one.promised)
    assert made.log_likelihood_ratio(99) == pytest.approx(-math.log(rate))
    assert made.log_likelihood_ratio(-99) == pytest.approx(-math.log(120))
    none = replace(made, points=[replace(one, promised=False) for one in made.points])
    assert none.log_likelihood_ratio(99) == pytest.approx(math.log(120)) and none.point(0.5) is None
    assert none.verdict(99.0) == "cannot tell"


def test_the_verdict_changes_at_the_thresholds(made: PairCalibration) -> None:
    point = made.point(1e-3)
    assert point is not None and point.asked == 1e-3
    above = replace(made, different=replace(made.different, threshold=point.threshold - 0.1))
    assert above.verdict(point.threshold) == "same"
    assert above.verdict(np.nextafter(point.threshold, -1)) == "cannot tell"
    assert above.verdict(point.threshold - 0.1) == "cannot tell"
    assert above.verdict(np.nextafter(point.threshold - 0.1, -1)) == "different"
    # Where the two ranges meet, what is not the same is different.
    over = replace(made, different=replace(made.different, threshold=point.threshold + 0.1))
    assert over.verdict(point.threshold) == "same" and over.verdict(point.threshold - 1e-6) == "different"
    assert over.verdict(point.threshold, fmr=1e-1) == "same"


def test_a_rate_that_the_people_are_too_few_for_is_not_used() -> None:
    few = calibrated(9, 3, np.random.default_rng(5))
    enough = [one.asked for one in few.points if one.promised]
    assert not [one for one in enough if one <= 1e-3]
    point = few.point(1e-3)
    assert point is None if not enough else point is not None and point.asked == min(enough)
    assert [one.asked for one in few.points] == list(FMRS)


def test_it_goes_to_json_and_back(made: PairCalibration, tmp_path: Path) -> None:
    write_json(tmp_path / "made.json", made.to_json())
    assert read_json(tmp_path / "made.json", PairCalibration) == made
    assert pair_calibration_of(json.loads((tmp_path / "made.json").read_text()), "here") == made


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"slope": -1.0}, "no calibration's"),
        ({"offset": float("nan")}, "no calibration's"),
        ({"people": 0}, "made of nobody"),
        ({"people": "12"}, "people: expected a valid integer"),
        ({"format": 2}, "format: expected 1"),
        ({"points": []}, ""),
        ({"reading": None}, "reading: expected"),
        ({"slope": None}, "slope: expected a valid number"),
    ],
)
def test_what_is_no_calibration_is_refused(change: dict, said: str, made: PairCalibration) -> None:
    value = made.to_json() | change
    if not said:
        assert pair_calibration_of(value, "here").point() is None
        return
    with pytest.raises(UserError, match=f"here: .*{said}"):
        pair_calibration_of(value, "here")
    backwards = made.to_json() | {"points": made.to_json()["points"][::-1]}
    with pytest.raises(UserError, match="out of order"):
        pair_calibration_of(backwards, "here")


def test_scores_that_say_nothing_are_refused(rng: np.random.Generator) -> None:
    vectors, person = draw_people(8, 3, rng)
    given = {"data": "d", "date": "2026-01-02", "reading": READING}
    with pytest.raises(UserError, match="are not higher"):
        calibrate_pairs(-vectors @ vectors.T, person, **given)
    for one in (np.zeros(24, np.int64), np.arange(24)):
        with pytest.raises(UserError, match="needs two people, and two images of one"):
            calibrate_pairs(vectors @ vectors.T, one, **given)
