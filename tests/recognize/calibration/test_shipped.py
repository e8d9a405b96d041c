"""The calibrations that come with the package: of the recognizers that go without the user's files, and of nobody."""

import json

import pytest

from eigen2arc.core.component import Component
from eigen2arc.core.files import read_json
from eigen2arc.core.preferred import RECOGNIZERS
from eigen2arc.recognize.calibration.pair_calibration import SAME_FMR, PairCalibration
from eigen2arc.recognize.calibration.reading import Reading
from eigen2arc.recognize.calibration.shipped import FOLDER, shipped_calibration

FILES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_whole_and_holds_numbers_of_many_people(path) -> None:
    made = read_json(path, PairCalibration)
    assert made.reading.encoder == path.stem and made.people > 1000 and made.genuine > 1000
    point = made.point()
    assert point is not None and point.asked == SAME_FMR and point.promised
    assert "the first half of its people" in made.data and made.format == 1
    text = path.read_text()
    assert len(text) < 30_000 and ".jpg" not in text and "_0001" not in text
    # Of what was measured only counts, rates and thresholds; the one vector is that of a drawn pattern.
    long = {key for key, value in json.loads(text).items() if isinstance(value, list) and len(value) > 20}
    assert not long and len(made.reading.pattern) >= 64


def test_it_is_found_by_its_stages() -> None:
    own = {one.encoder.name: one for one in RECOGNIZERS}["embedding"]
    parts = [one.with_defaults(device="cpu") for one in own[:3]]
    usual = Reading.of(*parts, Component("matcher", parts[2].built.matcher))
    found = shipped_calibration(usual)
    assert found is not None and found.reading.encoder == "embedding"
    aligner = Component("aligner", "five_point", {"zoom": 0.8})
    other = Reading.of(parts[0], aligner, parts[2], Component("matcher", "cosine"))
    assert shipped_calibration(other) is None
    assert {path.stem for path in FILES} == {"dlib_resnet", "embedding"}
