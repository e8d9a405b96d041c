"""Cascades trained on a few drawn pictures: what comes out, what is said of it, and what a kill changes (nothing)."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from eigen2arc.classical.detect.cascade.engine.cascade import Cascade
from eigen2arc.classical.detect.cascade.formats.json_form import read_cascade_json
from eigen2arc.classical.detect.cascade.training.settings import Settings
from eigen2arc.classical.detect.cascade.training.state import TrainingState
from eigen2arc.classical.detect.cascade.training.train import resume, train
from eigen2arc.compare.cli import app
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read, to_grey, write
from eigen2arc.core.image_folder import find_images

TINY = Settings(
    window_px=12, stages=3, negatives=300, variants=2, share=0.8, hit_rate=0.98, false_alarm_rate=0.3, held_out=0.2
)


def draw_faces(folder: Path, count: int, side_px: int = 20) -> Path:
    """Pictures of two dark eyes and a mouth on a bright field, blurred and noisy, each a little different."""
    rng = np.random.default_rng(count)
    for number in range(count):
        face = np.full((20, 20), rng.uniform(120, 220))
        face[:, :2] = face[:, -2:] = rng.uniform(0, 120)
        dx, dy = rng.integers(-1, 2, 2)
        dark = rng.uniform(10, 70)
        for left in (4, 12):
            face[6 + dy : 9 + dy, left + dx : left + 4 + dx] = dark
        face[14 + dy : 16 + dy, 6 + dx : 14 + dx] = dark
        face = cv2.GaussianBlur(face, (3, 3), 0) + 8 * rng.standard_normal(face.shape)
        save(folder / f"{number:03d}.png", cv2.resize(face, (side_px, side_px), interpolation=cv2.INTER_AREA))
    return folder


def draw_backgrounds(folder: Path, count: int, side_px: int = 90) -> Path:
    """Bars, discs and noise in all sizes."""
    rng = np.random.default_rng(count)
    for number in range(count):
        scene = cv2.resize(rng.uniform(0, 255, (5, 5)), (side_px, side_px), interpolation=cv2.INTER_CUBIC)
        for _ in range(40):
            x, y, a, b = (int(v) for v in rng.integers(0, side_px, 4))
            tone = float(rng.uniform(0, 255))
            if rng.random() < 0.5:
                cv2.rectangle(scene, (x, y), (x + a // 4, y + b // 6), tone, -1)
            else:
                cv2.circle(scene, (x, y), a // 9 + 1, tone, -1)
        save(folder / f"{number:03d}.png", scene + 6 * rng.standard_normal(scene.shape))
    return folder


def save(path: Path, grey: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with faces/ (150 pictures) and backgrounds/ (25)."""
    folder = tmp_path_factory.mktemp("pictures")
    draw_faces(folder / "faces", 150)
    draw_backgrounds(folder / "backgrounds", 25)
    return folder


def run(pictures: Path, out: Path, settings: Settings = TINY) -> TrainingState:
    return train(settings, [pictures / "faces"], [pictures / "backgrounds"], out, lambda state: None, "as typed")


@pytest.fixture(scope="module")
def trained(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingState, Path]:
    out = tmp_path_factory.mktemp("trained")
    return run(pictures, out), out


def accepts(cascade: Cascade, window: np.ndarray) -> bool:
    """Whether the engine takes a window for a face: the only one in an image of its size."""
    return len(cascade.windows(window, 1.1, 0)[0]) > 0


def test_every_stage_reaches_its_goals(trained: tuple[TrainingState, Path]) -> None:
    state, out = trained
    assert len(state.stages) == 3
    for number, record in enumerate(json.loads(line) for line in (out / "stages.jsonl").read_text().splitlines()):
        assert record["stage"] == number + 1
        assert record["hit_rate"] >= TINY.hit_rate
        assert record["false_alarm_rate"] <= TINY.false_alarm_rate
        assert record["negatives"] == TINY.negatives
        assert record["features_tried"] == 10_344  # all that there are in 12 x 12 pixels
        assert 0 < record["accepted"] <= record["scanned"]
        assert min(record[name] for name in ("search_s", "boost_s", "peak_memory_gb")) >= 0
    assert state.reason.startswith("all 3 stages trained: false-alarm rate")


def test_the_cascade_finds_faces_that_it_has_never_seen(trained: tuple[TrainingState, Path], tmp_path: Path) -> None:
    cascade = read_cascade_json(trained[1] / "cascade.json")
    draw_faces(tmp_path / "faces", 60)
    draw_backgrounds(tmp_path / "backgrounds", 4)
    faces = [to_grey(read(path))[2:18, 2:18] for path in find_images([tmp_path / "faces"])]
    assert np.mean([accepts(cascade, cv2.resize(face, (12, 12), interpolation=cv2.INTER_AREA)) for face in faces]) > 0.8
    scenes = [to_grey(read(path)) for path in find_images([tmp_path / "backgrounds"])]
    assert sum(len(cascade.windows(scene, 1.2, 12)[0]) for scene in scenes) < 400  # of 30,000


def test_the_engine_and_cv2_take_the_very_windows_that_training_took(trained: tuple[TrainingState, Path]) -> None:
    from eigen2arc.classical.detect.haar.features import enumerate_features

    state, out = trained
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (200, 12, 12)).astype(np.uint8)
    windows = np.concatenate([state.negatives, noise, cv2.GaussianBlur(noise, (0, 0), 1)])
    passes = np.ones(len(windows), bool)
    features = enumerate_features(12, 12)
    for stage in state.stages:
        passes &= stage.passes(windows, features)
    assert passes.any() and not passes.all()
    cascade, peer = read_cascade_json(out / "cascade.json"), cv2.CascadeClassifier(str(out / "cascade.xml"))
    varied = windows[:, 1:-1, 1:-1].std(axis=(1, 2)) > 10.001  # flat ones are not looked at
    for window, expected in zip(windows[varied], passes[varied], strict=True):
        assert accepts(cascade, window) == expected
        assert (len(peer.detectMultiScale(window, 1.1, 0)) > 0) == expected


def test_cv2_finds_the_same_windows_in_a_scene(trained: tuple[TrainingState, Path], pictures: Path) -> None:
    _, out = trained
    peer = cv2.CascadeClassifier(str(out / "cascade.xml"))
    scene = np.tile(to_grey(read(pictures / "faces" / "000.png")), (4, 5))
    boxes, _ = read_cascade_json(out / "cascade.json").windows(scene, 1.1, 12)
    assert len(boxes)
    theirs = peer.detectMultiScale(scene, 1.1, 0, minSize=(12, 12))
    np.testing.assert_array_equal(sorted(map(tuple, boxes.tolist())), sorted(map(tuple, theirs.tolist())))


def test_the_file_says_where_the_cascade_comes_from(trained: tuple[TrainingState, Path], pictures: Path) -> None:
    about = json.loads((trained[1] / "cascade.json").read_text())["about"]
    assert about["command"] == "as typed"
    assert about["settings"]["window_px"] == 12 and about["settings"]["seed"] == 0
    assert about["data"]["positives"]["pictures"] == 150
    assert str(pictures) not in json.dumps(about)  # nobody's folders
    assert [stage["trees"] for stage in about["stages"]] == [len(s.trees) for s in trained[0].stages]


def test_a_seed_gives_one_cascade_and_another_one_another(pictures: Path, tmp_path: Path) -> None:
    two = replace(TINY, stages=2)
    for name, settings in (("a", two), ("b", two), ("c", replace(two, seed=1))):
        run(pictures, tmp_path / name, settings)
    a, b, c = ((tmp_path / name / "cascade.json").read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.parametrize(
    "changes", [{"boosting": "discrete", "depth": 1}, {"boosting": "real", "features": "lienhart"}]
)
def test_other_boosting_and_features(changes: dict[str, object], pictures: Path, tmp_path: Path) -> None:
    state = run(pictures, tmp_path, replace(TINY, stages=1, **changes))
    assert state.records[0]["false_alarm_rate"] <= TINY.false_alarm_rate
    assert state.stages[0].trees.depth == changes.get("depth", 2)


def test_what_has_no_room_in_memory_is_left_out_and_said(pictures: Path, tmp_path: Path) -> None:
    state = run(pictures, tmp_path, replace(TINY, stages=1, memory_gb=0.001))
    samples = 0.8 * (300 + 300)
    assert state.records[0]["features_tried"] == 1_000_000 // samples


def test_it_stops_where_the_goal_is_reached(pictures: Path, tmp_path: Path) -> None:
    state = run(pictures, tmp_path, replace(TINY, stages=9, overall_false_alarm_rate=0.2))
    assert 1 <= len(state.stages) < 9
    assert state.reason.startswith("goal reached: false-alarm rate 0.")
    assert all(record["accepted"] > 0.2 * record["scanned"] for record in state.records)


def test_it_stops_where_the_backgrounds_give_too_little(pictures: Path, tmp_path: Path) -> None:
    state = run(pictures, tmp_path, replace(TINY, stages=9, most_scanned=40_000, overall_false_alarm_rate=1e-9))
    assert len(state.stages) < 9
    assert "the backgrounds give only" in state.reason
    assert (tmp_path / "cascade.xml").exists()


#: The command line, but the training waits in its third stage: it is killed before it ends, however busy it is.
HELD = """
import time
from eigen2arc.classical.detect.cascade.training import train
from eigen2arc.compare.cli import main
add_stage = train._add_stage
def held(state, *arguments):
    if len(state.stages) == 2:
        time.sleep(600)
        raise SystemExit("nobody killed it")
    return add_stage(state, *arguments)
train._add_stage = held
main()
"""


def test_a_killed_training_goes_on_to_the_very_same_cascade(pictures: Path, tmp_path: Path) -> None:
    changes = {"window_px": 12, "stages": 4, "negatives": 300, "share": 0.8, "false_alarm_rate": 0.3, "held_out": 0.2}
    arguments = ["classical", "train", "cascade"]
    arguments += ["--positives", str(pictures / "faces"), "--backgrounds", str(pictures / "backgrounds")]
    arguments += ["--out", "run", *(word for key, value in changes.items() for word in ("--set", f"{key}={value}"))]

    process = subprocess.Popen(
        [sys.executable, "-c", HELD, *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out = tmp_path / "run"
    while not (out / "training.svg").exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    output, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, output.decode()
    assert 1 <= len(TrainingState.load(out).stages) < 4
    assert (out / "training.svg").read_text().startswith("<?xml")

    resume(out, lambda state: None)
    whole, folders = tmp_path / "whole", [[pictures / "faces"], [pictures / "backgrounds"]]
    train(Settings(**changes), *folders, whole, lambda state: None, shlex.join(["eigen2arc", *arguments]))
    for name in ("cascade.json", "cascade.xml"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()
    assert len((out / "stages.jsonl").read_text().splitlines()) == 4


def refused(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, ["classical", "train", "cascade", *arguments])
    assert result.exit_code != 0
    assert isinstance(result.exception, UserError)
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_pictures_that_cannot_be_used_are_refused(pictures: Path, tmp_path: Path) -> None:
    faces, scenes, out = str(pictures / "faces"), str(pictures / "backgrounds"), str(tmp_path / "out")
    (tmp_path / "empty").mkdir()
    given = ["--out", out, "--set", "window_px=12"]
    assert "give --positives DIR and --backgrounds DIR" in refused([*given, "--positives", faces])
    for positives, backgrounds in ((str(tmp_path / "empty"), scenes), (faces, str(tmp_path / "empty"))):
        assert "holds no images" in refused([*given, "--positives", positives, "--backgrounds", backgrounds])
    draw_faces(tmp_path / "small", 150, side_px=6)
    assert "6 pixels are too few" in refused([*given, "--positives", str(tmp_path / "small"), "--backgrounds", scenes])
    draw_faces(tmp_path / "few", 10)
    assert "too few: give" in refused([*given, "--positives", str(tmp_path / "few"), "--backgrounds", scenes])
    draw_backgrounds(tmp_path / "narrow", 3, side_px=11)
    assert "smaller than a window" in refused([*given, "--positives", faces, "--backgrounds", str(tmp_path / "narrow")])
    assert not (tmp_path / "out" / "state.npz").exists()


def test_settings_that_cannot_be_meant_are_refused(pictures: Path, tmp_path: Path) -> None:
    given = ["--out", str(tmp_path), "--positives", str(pictures / "faces"), "--backgrounds", str(pictures / "faces")]
    for setting, said in (
        ("hit_rate=1.2", "training: hit_rate = 1.2: expected a number above 0 and up to 1"),
        ("features=gabor", "expected one of classic, lienhart"),
        ("negatives=3", "training: negatives = 3: expected a whole number from 100 to"),
        ("window_px=60", "training: window_px = 60: expected a whole number from 8 to 40"),
        ("face=[0, 0, 0, 1]", "training: face: expected [x1, y1, x2, y2] with x1 < x2"),
        ("boosting=ada", "no boosting is called 'ada'"),
        ("stage=3", "did you mean 'stages'"),
    ):
        assert said in refused([*given, "--set", setting])


def test_a_training_goes_on_only_where_there_is_one_and_with_its_pictures(
    trained: tuple[TrainingState, Path], pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"no state\.npz to resume from"):
        resume(tmp_path, lambda state: None)
    with pytest.raises(UserError, match="an earlier training is there"):
        run(pictures, trained[1])
    out = ["--out", str(tmp_path)]
    assert "keeps its images and settings" in refused([*out, "--resume", "--set", "seed=2"])
    draw_faces(tmp_path / "faces", 150)
    draw_backgrounds(tmp_path / "backgrounds", 25)
    run(tmp_path, tmp_path / "out", replace(TINY, stages=1))
    (tmp_path / "faces" / "007.png").unlink()
    with pytest.raises(UserError, match="images are not those"):
        resume(tmp_path / "out", lambda state: None)
    (tmp_path / "out" / "state.npz").write_bytes(b"PK\3\4 not a state")
    with pytest.raises(UserError, match="is damaged.*start anew elsewhere"):
        resume(tmp_path / "out", lambda state: None)
