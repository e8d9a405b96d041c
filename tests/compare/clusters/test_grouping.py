"""The threshold by how many faces there are, the groups, and how well a face fits in its own."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.clusters import grouping
from eigen2arc.compare.clusters.faces import FolderFaces
from eigen2arc.compare.clusters.grouping import Origin, choose_threshold, group
from eigen2arc.core import plugins
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.recommended_threshold import Rate
from eigen2arc.recognize.calibration.pair_calibration import OperatingPoint, PairCalibration, Refusal
from eigen2arc.recognize.calibration.reading import Reading

RATE = Rate(0.0, 0.0, 0.0)


def calibration(*promised: float) -> PairCalibration:
    """Thresholds for false match rates: at 1 in 10^k it is k / 10."""
    rates = (1e-2, 1e-3, 1e-4, 1e-5)
    points = [OperatingPoint(rate, -np.log10(rate) / 10, RATE, RATE, rate in promised) for rate in rates]
    reading = Reading({}, {}, [], "hog_grid", {}, [1.0])
    return PairCalibration(
        "drawn people", "2026-11-30", 9, 9, 99, 9, 9, 1.0, 0.0, points, Refusal(0.01, 0.1, RATE), reading
    )


def test_the_more_faces_the_stricter_the_threshold() -> None:
    known = calibration(1e-2, 1e-3, 1e-4)
    for faces, rate in ((0, 1e-3), (1000, 1e-3), (1001, 1e-3), (10_000, 1e-4), (500_000, 1e-4)):
        found = choose_threshold(known, faces, None, "hog_grid")
        assert (found.fmr, found.threshold) == (rate, pytest.approx(-np.log10(rate) / 10))
    words = choose_threshold(known, 10_000, None, "hog_grid").words
    assert words == "threshold 0.4: 0.01 % of the pairs of two people are as alike, measured on drawn people"


def test_without_a_calibration_or_with_one_of_too_few_people_a_threshold_has_to_be_given() -> None:
    with pytest.raises(UserError, match="no threshold is known for the encoder hog_grid: give one with --threshold"):
        choose_threshold(None, 5, None, "hog_grid")
    with pytest.raises(UserError, match="drawn people is of too few people for a threshold"):
        choose_threshold(calibration(), 5, None, "hog_grid")
    assert choose_threshold(None, 5, -0.5, "hog_grid") == Origin(-0.5, None, "threshold -0.5, as given")


@pytest.mark.parametrize(("matcher", "threshold"), [("cosine", 0.5), ("euclidean", -8.0)])
def test_clear_faces_are_grouped_and_score_with_the_others_of_their_group(
    matcher: str, threshold: float, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "ROWS", 3)
    person = rng.permutation(np.repeat([0, 1, 2, 3], [8, 5, 4, 1]))
    vectors = (10 * np.eye(4)[person] + rng.normal(size=(18, 4))).astype(np.float32)
    sharp = np.where(np.arange(18) == 6, 0.0, 1.0).astype(np.float32)
    columns = np.zeros((18, 4), np.float32), np.ones(18, np.float32), np.full(18, 50, np.float32), sharp
    faces = FolderFaces(Path(), ("a",), np.zeros(18, np.int64), *columns, vectors, {})
    made = group(faces, matcher, Component("clusterer", "average_linkage"), Origin(threshold, None, ""))
    assert made.unclear[6] == "blurred" and made.cluster[6] == -1
    one = plugins.build("matcher", matcher)
    assert made.people == 3 and made.alone.tolist() == [i for i in np.flatnonzero(person == 3) if i != 6]
    for face in range(18):
        others = [i for i in np.flatnonzero(person == person[face]) if i not in (6, face)]
        if face == 6 or not others:
            assert made.cluster[face] == -1 and np.isnan(made.score[face])
            continue
        assert set(np.flatnonzero(made.cluster == made.cluster[face])) == {*others, face}
        assert made.score[face] == pytest.approx(np.mean(one.score(vectors[[face]], vectors[others])), abs=1e-5)
    best_first = made.score[made.members(0)]
    assert (np.diff(best_first) <= 0).all() and len(best_first) >= 7


def test_scores_of_other_matchers_cannot_be_searched() -> None:
    faces = FolderFaces(Path(), (), np.zeros(0, np.int64), *[np.zeros(0)] * 5, {})
    with pytest.raises(UserError, match="matcher chi_square: faces are grouped by cosine or euclidean"):
        group(faces, "chi_square", Component("clusterer", "average_linkage"), Origin(0, None, ""))
