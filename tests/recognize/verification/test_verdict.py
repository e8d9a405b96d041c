"""Verdicts: by the calibration where the faces show enough, and none where there is no calibration or no face."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.metrics.recommended_threshold import Rate
from eigen2arc.core.pipeline import Comparison
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.recognize.calibration.pair_calibration import OperatingPoint, PairCalibration, Refusal
from eigen2arc.recognize.calibration.reading import Reading
from eigen2arc.recognize.verification.verdict import judge, weakness

RATE = Rate(0.001, 0.0005, 0.002)
CALIBRATION = PairCalibration(
    data="made up",
    date="2026-01-02",
    people=100,
    paired_people=100,
    images=300,
    genuine=300,
    impostor=40_000,
    slope=10.0,
    offset=-3.0,
    points=[OperatingPoint(1e-2, 0.4, RATE, RATE, True), OperatingPoint(1e-3, 0.5, RATE, RATE, True)],
    different=Refusal(0.01, 0.2, RATE),
    reading=Reading({}, {}, [], "made up", {}, [1.0]),
)


@pytest.fixture(scope="module")
def drawn() -> Dataset:
    return plugins.build("dataset", "synthetic", people=2, images_per_person=1, size_px=160, difficulty=0.0, seed=3)


def compared(drawn: Dataset, score: float | None) -> Comparison:
    assert drawn.faces is not None
    return Comparison(score, (drawn.faces[0], drawn.faces[1]), (1, 1))


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(0.9, "same"), (0.5, "same"), (0.45, "cannot tell"), (0.2, "cannot tell"), (0.1, "different")],
)
def test_the_score_decides(score: float, verdict: str, drawn: Dataset) -> None:
    judged = judge([drawn.images[0], drawn.images[1]], compared(drawn, score), CALIBRATION)
    assert judged.verdict == verdict and judged.weak == ("", "")
    assert judged.point is not None and judged.point.asked == 1e-3
    odds = np.clip(np.exp(10 * score - 3), 1 / 100, 1000)
    assert judged.probability == pytest.approx(odds / (1 + odds)) and judged.log_likelihood_ratio is not None


def test_another_rate_decides_otherwise(drawn: Dataset) -> None:
    images = [drawn.images[0], drawn.images[1]]
    assert judge(images, compared(drawn, 0.45), CALIBRATION, fmr=1e-2).verdict == "same"
    none = replace(CALIBRATION, points=[])
    judged = judge(images, compared(drawn, 0.9), none)
    assert judged.verdict == "cannot tell" and judged.point is None


def test_faces_that_show_too_little_decide_nothing(drawn: Dataset) -> None:
    images, pair = [drawn.images[0], drawn.images[1]], compared(drawn, 0.9)
    blurred = cv2.GaussianBlur(images[1], (0, 0), 6.0)
    judged = judge([images[0], blurred], pair, CALIBRATION)
    assert judged.verdict == "cannot tell" and judged.probability is None
    assert judged.weak[0] == "" and judged.weak[1].startswith("its face is blurred (sharpness 0.00")
    face = pair.faces[0]
    assert face.landmarks is not None
    small = cv2.resize(images[0], (24, 24), interpolation=cv2.INTER_AREA)
    tiny = Faces(face.boxes * 0.15, face.scores, face.landmarks * 0.15)
    assert "px between the eyes, less than the 12 that are needed" in weakness(small, tiny)
    without = judge([images[0], blurred], pair, None)
    assert without.verdict is None and without.weak[1]


def test_without_a_face_or_a_calibration_there_is_no_verdict(drawn: Dataset) -> None:
    images = [drawn.images[0], drawn.images[1]]
    for judged in (judge(images, compared(drawn, None), CALIBRATION), judge(images, compared(drawn, 0.9), None)):
        assert (judged.verdict, judged.probability, judged.point) == (None, None, None)
