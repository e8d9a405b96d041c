"""`eigen2arc verify`, in process: its verdicts and exit codes, and weights that must not be trusted."""

import json
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import typer
from safetensors.numpy import save_file

from eigen2arc.compare.commands.stages import choose_stages
from eigen2arc.compare.commands.verify import verify
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.core.image import read, write
from eigen2arc.core.metrics.recommended_threshold import Rate
from eigen2arc.recognize.calibration.pair_calibration import OperatingPoint, PairCalibration, Refusal

CLASSICAL = {"detector": "viola_jones", "aligner": "eyes", "encoder": "lbp_histogram", "device": "cpu"}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two images of one synthetic person, one of another, and one of nobody."""
    people = plugins.build("dataset", "synthetic", people=2, images_per_person=2, seed=1, difficulty=0.0)
    folder = tmp_path_factory.mktemp("images")
    images = [people.images[0], people.images[1], people.images[2], np.full((90, 90, 3), 128, np.uint8)]
    for i, image in enumerate(images):
        write(folder / f"{i}.png", image)
    return [folder / f"{i}.png" for i in range(4)]


def call(*images: Path, **options: Any) -> int:
    """The exit code."""
    try:
        verify(*images, **options)
    except typer.Exit as stopped:
        return stopped.exit_code
    return 0


def test_one_person_scores_above_two(images: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for other in images[:3]:
        assert call(images[0], other, **CLASSICAL, json=True) == 3
        out, errors = capsys.readouterr()
        answers.append(json.loads(out))
        assert "there is no calibration for these stages, and so no verdict" in errors
        assert "eigen2arc calibrate PHOTOS --encoder lbp_histogram --out FILE" in errors
    itself, same, different = (answer["score"] for answer in answers)
    assert itself == 0 > same > different
    assert all(answer["matcher"] == "chi_square" and answer["face_found"] == [True, True] for answer in answers)
    nothing = ("verdict", "probability", "same_from", "different_below", "calibration")
    assert all(answer[key] is None for answer in answers for key in nothing)


SAME, DIFFERENT = Rate(0.001, 0.0005, 0.002), Rate(0.01, 0.005, 0.02)


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whose thresholds are far from where scores of these stages lie: a test sets them."""
    reading = choose_stages(**CLASSICAL).reading
    counts = {"people": 50, "paired_people": 50, "images": 150, "genuine": 150, "impostor": 11_025}
    made = PairCalibration(
        **{"data": "drawn people", "date": "2026-01-02", **counts, "slope": 1.0, "offset": 0.0},
        points=[OperatingPoint(1e-3, 100.0, SAME, DIFFERENT, True)],
        different=Refusal(1e-2, -100.0, DIFFERENT),
        reading=reading,
    )
    file = tmp_path_factory.mktemp("calibration") / "made.json"
    write_json(file, made.to_json())
    return file


def moved(calibration: Path, out: Path, same: float, different: float) -> Path:
    value = json.loads(calibration.read_text())
    value["points"][0]["threshold"], value["different"]["threshold"] = same, different
    write_json(out, value)
    return out


def test_the_verdict_is_the_exit_code(
    images: list[Path], calibration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(*images[:2], **CLASSICAL, json=True)
    score = json.loads(capsys.readouterr().out)["score"]
    told = {
        "same": ((score - 1, score - 2), 0, "same person: "),
        "cannot tell": ((score + 1, score - 1), 3, "cannot tell: "),
        "different": ((score + 2, score + 1), 1, "different people: "),
    }
    for verdict, (ends, code, words) in told.items():
        file = moved(calibration, tmp_path / "moved.json", *ends)
        assert call(*images[:2], **CLASSICAL, calibration=file) == code
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].endswith("(viola_jones, eyes, lbp_histogram)") and lines[1].startswith(words)
        assert f"same from {ends[0]:.4f} on: 0.10 % of the pairs of two people (0.050 % to 0.20 % with" in lines[3]
        assert f"different below {ends[1]:.4f}: 1.0 %" in lines[4]
        assert lines[5] == "measured on drawn people: 50 people, 150 images, 2026-01-02"
        assert call(*images[:2], **CLASSICAL, calibration=file, json=True) == code
        answer = json.loads(capsys.readouterr().out)
        assert (answer["verdict"], answer["score"], answer["prior"]) == (verdict, score, 0.5)
        assert answer["same_from"]["threshold"] == ends[0] and answer["different_below"]["threshold"] == ends[1]
        assert answer["calibration"]["people"] == 50 and 0 < answer["probability"] < 1
    assert call(images[0], images[3], **CLASSICAL, calibration=file) == 1
    assert "3.png: no face was found" in capsys.readouterr().err


def test_a_blurred_face_decides_nothing(
    images: list[Path], calibration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "blurred.png", cv2.GaussianBlur(read(images[1]), (0, 0), 4.0))
    file = moved(calibration, tmp_path / "moved.json", -1e6, -2e6)
    assert call(*images[:2], **CLASSICAL, calibration=file) == 0
    assert call(images[0], tmp_path / "blurred.png", **CLASSICAL, calibration=file) == 3
    lines = capsys.readouterr().out.splitlines()
    assert "cannot tell" in lines and any("blurred.png: its face is blurred (sharpness 0.00" in line for line in lines)


def test_a_calibration_of_other_stages_or_none_is_refused(
    images: list[Path], calibration: Path, tmp_path: Path
) -> None:
    others = {"aligner": "five_point", "matcher": "cosine", "detector": "fixed_box"}
    for kind, name in others.items():
        with pytest.raises(UserError, match=rf"made\.json: was made with other stages: the {kind} is another one"):
            verify(*images[:2], **CLASSICAL | {kind: name}, calibration=calibration)
    for text in ("", "{}", "[1]", '{"data": 1}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(UserError, match=r"bad\.json: .*eigen2arc calibrate"):
            verify(*images[:2], **CLASSICAL, calibration=tmp_path / "bad.json")


def test_without_a_face_there_is_no_score(images: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    for json_wanted in (False, True):
        assert call(images[0], images[3], **CLASSICAL, json=json_wanted) == 1
        out, errors = capsys.readouterr()
        assert "3.png: no face was found" in errors and "0.png" not in errors
        answer = json.loads(out) if json_wanted else {}
        assert not json_wanted or (answer["score"], answer["face_found"]) == (None, [True, False])
        assert json_wanted or (out.startswith("faces are told apart by") and out.count("\n") == 1)


def test_of_a_group_the_compared_face_is_named(
    images: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The person of the first image stands at the edge of the group, somebody else in its middle."""
    asked, other = read(images[0]), read(images[2])
    group = np.hstack([asked, other, np.full_like(other, 128)])
    write(tmp_path / "group.png", group)
    answers = {}
    for best in (False, True):
        call(images[0], tmp_path / "group.png", **CLASSICAL, best=best, json=True)
        answers[best] = json.loads(capsys.readouterr().out)
        call(images[0], tmp_path / "group.png", **CLASSICAL, best=best)
        box = " ".join(f"{v:.0f}" for v in answers[best]["images"][1]["box"])
        assert f"group.png: 2 faces; compared was the one in box {box}\n" in capsys.readouterr().out
    left = [answers[best]["images"][1]["box"][0] for best in (True, False)]
    assert left[0] < asked.shape[1] < left[1] and answers[True]["score"] > answers[False]["score"]
    assert [one["faces"] for one in answers[True]["images"]] == [1, 2]


def test_preprocessing_changes_what_is_compared(images: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    scores = []
    for steps in ("", "tan_triggs", "[{name = 'gamma', gamma = 0.2}, 'tan_triggs']"):
        call(images[0], images[1], **CLASSICAL, preprocessing=steps, json=True)
        scores.append(json.loads(capsys.readouterr().out)["score"])
    assert len(set(scores)) == 3
    with pytest.raises(UserError, match="no preprocessing is called 'gama': did you mean 'gamma'"):
        verify(images[0], images[1], **CLASSICAL, preprocessing="gama")


def test_crops_of_another_size_than_a_model_was_fitted_on_are_refused(images: list[Path], tmp_path: Path) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (6, 80, 80, 3), dtype=np.uint8)
    plugins.build("encoder", "eigenfaces").fit(crops, np.arange(6)).save(tmp_path / "model.safetensors")
    given = {**CLASSICAL, "encoder": "eigenfaces"}
    model = f"encoder.model={tmp_path / 'model.safetensors'}"
    with pytest.raises(
        UserError, match=r"eigenfaces: crops: fitted on 80 x 80 pixels, got 112 x 112\. .*aligner\.size_px"
    ):
        verify(images[0], images[1], **given, settings=[model])
    assert call(images[0], images[1], **given, settings=[model, "aligner.size_px=80"]) == 3


class Bomb:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("exploded"),))


def bad_weights(folder: Path) -> dict[str, Path]:
    (folder / "pickle.pt").write_bytes(pickle.dumps(Bomb()))
    torch.save({"layer": Bomb()}, folder / "torch.pt")
    save_file({"conv.weight": np.zeros((3, 3), np.float32)}, folder / "shape.safetensors")
    (folder / "empty.safetensors").write_bytes(b"")
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize("encoder", ["embedding", "onnx", "eigenfaces"])
@pytest.mark.parametrize("name", ["pickle.pt", "torch.pt", "shape.safetensors", "empty.safetensors"])
def test_weights_that_do_not_fit_are_refused_and_never_run(
    encoder: str, name: str, images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    setting = "weights" if encoder == "embedding" else "model"
    path = bad_weights(tmp_path)[name]
    with pytest.raises(UserError, match=name):
        verify(
            *images[:2],
            detector="viola_jones",
            aligner="eyes",
            encoder=encoder,
            device="cpu",
            settings=[f"encoder.{setting}={path}"],
        )
    assert not (tmp_path / "exploded").exists()
