"""`eigen2arc calibrate`: from a folder of photos to a file that `verify` decides by."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from eigen2arc.compare.cli import app
from eigen2arc.core import plugins
from eigen2arc.core.files import read_json
from eigen2arc.core.image import write
from eigen2arc.recognize.calibration.pair_calibration import PairCalibration

STAGES = ("--detector", "fixed_box", "--aligner", "box", "--encoder", "lbp_histogram")


def call(*words: object) -> Result:
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("given") / "family"
    drawn = plugins.build("dataset", "synthetic", people=14, images_per_person=4, size_px=112, difficulty=0.2, seed=8)
    for index, label in enumerate(drawn.labels.tolist()):
        write(folder / drawn.people[label] / f"{index}.png", drawn.images[index])
    return folder


def test_own_photos_give_a_calibration_that_decides(photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    result = call("calibrate", photos, "--out", file, *STAGES, "--cache", tmp_path / "cache")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[0].endswith("(fixed_box, box, lbp_histogram)")
    assert "own.json: 14 people, 56 images, 84 pairs of one person, 1,456 of two" in result.output
    assert "too few people" in result.output
    made = read_json(file, PairCalibration)
    assert made.data == "the photos of family, at most 5 images of each" and made.reading.encoder == "lbp_histogram"
    text = file.read_text()
    assert "synthetic" not in text and str(photos) not in text and ".png" not in text

    images = [sorted(one.iterdir())[0] for one in sorted(photos.iterdir())]
    answers = [
        call("verify", *pair, *STAGES, "--calibration", file, "--fmr", "0.1", "--json")
        for pair in ((images[0], images[0]), (images[0], images[5]))
    ]
    told = [json.loads(one.stdout) for one in answers]
    assert [one["calibration"]["data"] for one in told] == [made.data] * 2
    assert told[0]["verdict"] == "same" and answers[0].exit_code == 0
    assert told[1]["verdict"] != "same" and answers[1].exit_code in (1, 3)

    again = call("calibrate", photos, "--out", file, *STAGES, "--cache", tmp_path / "cache", "--json")
    assert json.loads(again.stdout) == made.to_json()


def test_halves_share_no_pair(photos: Path, tmp_path: Path) -> None:
    made = []
    for half in ("first", "second"):
        out = tmp_path / f"{half}.json"
        result = call("calibrate", photos, "--out", out, "--half", half, *STAGES)
        assert result.exit_code == 0, result.output
        made.append(read_json(out, PairCalibration))
    assert sum(one.people for one in made) == 14 and min(one.people for one in made) > 1
    assert made[0].data == "the photos of family, the first half of its people, at most 5 images of each"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say which photos"),
        (("PHOTOS", "--dataset", "orl"), "say which photos"),
        (("--dataset", "scenes", "--set", "dataset.images=1"), "does not say who is on an image"),
        (("PHOTOS", "--encoder", "eigenfaces"), "eigenfaces: has to be fitted first"),
        (("PHOTOS", "--encoder", "lbp_histogran"), "did you mean 'lbp_histogram'"),
        (("absent",), "no such folder"),
    ],
)
def test_what_cannot_be_is_a_line(words: tuple[str, ...], said: str, photos: Path, tmp_path: Path) -> None:
    given = [str(photos) if word == "PHOTOS" else word for word in words]
    result = call("calibrate", *given, "--out", tmp_path / "x.json")
    assert said in str(result.exception) and not (tmp_path / "x.json").exists()
