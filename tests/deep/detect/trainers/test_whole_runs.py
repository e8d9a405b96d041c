"""A detector's training from the command line: killed at any step and resumed it is the run that was not; it can be
shared between processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from eigen2arc.core import image
from eigen2arc.deep.weights_io.checkpoint import load

PICTURES, SIDE = 24, 80
COMMAND = [sys.executable, "-c", "from eigen2arc.compare.cli import main; main()", "deep", "train", "detector"]

#: The command line, but the training waits before one of its steps: it is killed before it ends, however busy it is.
HELD = """
import time
from eigen2arc.compare.cli import main
from eigen2arc.deep.engine import loop
rate, left = loop.learning_rate, [{steps}]
def held(*arguments):
    left[0] -= 1
    if left[0] < 0:
        time.sleep(600)
        raise SystemExit("nobody killed it")
    return rate(*arguments)
loop.learning_rate = held
main()
"""

SMALL = {"held_out_images": 4, "warm_up_steps": 2, "verify_every_steps": 5, "save_every_s": 0.0}
SETTINGS = {
    "mtcnn": SMALL | {"batch_size": 48, "steps": 30},
    "retinaface": SMALL | {"variant": "slim", "batch_size": 4, "steps": 60, "size_px": 64},
}
#: The folders of a run that have a state, in the order in which they are written.
FOLDERS = {"mtcnn": ("pnet", "rnet", "onet"), "retinaface": (".",)}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bright squares on noise, in the plain layout of a person's own pictures."""
    root, rng, lines = tmp_path_factory.mktemp("pictures"), np.random.default_rng(4), []
    for number in range(PICTURES):
        picture = rng.integers(0, 120, (SIDE, SIDE, 3), np.uint8)
        x, y, side = rng.integers([0, 0, 24], [40, 40, 40]).tolist()
        picture[y : y + side, x : x + side] += 120
        image.write(root / f"train/images/{number}.png", picture)
        lines.append(f"# {number}.png\n{x} {y} {side} {side}\n")
    (root / "train/label.txt").write_text("".join(lines))
    return root


def steps_done(out: Path, folders: Sequence[str]) -> int:
    """Over all networks of a run, as its states on the disk say."""
    states = [out / folder / "state.safetensors" for folder in folders]
    return sum(load(state)[1]["step"] for state in states if state.exists())


def command(name: str, pictures: Path, out: Path) -> list[str]:
    settings = [word for key, value in SETTINGS[name].items() for word in ("--set", f"{key}={value}")]
    data = ["--dataset", "face_boxes", "--data-root", str(pictures)]
    return [*COMMAND, name, "--device", "cpu", "--out", str(out), *data, *settings]


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SETTINGS))
def test_killed_and_resumed_is_bit_for_bit_the_same(name: str, pictures: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    subprocess.run(command(name, pictures, whole), check=True)
    in_all = steps_done(whole, FOLDERS[name])

    for part in (1, 2):  # killed once, resumed, and killed again
        stop_after = int(np.random.default_rng((part, len(name))).integers(1, in_all // 2 - 5)) * part
        resumed = [*COMMAND, name, "--device", "cpu", "--out", str(parts), "--resume"]
        _, _, _, *words = command(name, pictures, parts) if part == 1 else resumed
        held = HELD.format(steps=stop_after - steps_done(parts, FOLDERS[name]) + 5)
        run = subprocess.Popen([sys.executable, "-c", held, *words])
        while steps_done(parts, FOLDERS[name]) < stop_after:
            assert run.poll() is None, "it was to be killed before it ended"
            time.sleep(0.002)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        assert stop_after <= steps_done(parts, FOLDERS[name]) < in_all
    subprocess.run(resumed, check=True)

    for folder in FOLDERS[name]:
        for file in ("state.safetensors", "best.safetensors"):
            (a, _), (b, _) = (load(out / folder / file) for out in (whole, parts))
            assert a.keys() == b.keys()
            assert all(torch.equal(a[key], b[key]) for key in a), f"{folder}/{file}"


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SETTINGS))
def test_two_processes_train_together(name: str, pictures: Path, tmp_path: Path) -> None:
    launched = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    alone = command(name, pictures, tmp_path)
    done = subprocess.run(
        [*launched, "-m", "eigen2arc.compare.cli", *alone[len(COMMAND) - 3 :]],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert steps_done(tmp_path, FOLDERS[name]) == SETTINGS[name]["steps"] * len(FOLDERS[name])
    assert done.stdout.count("step 5: loss") == len(FOLDERS[name])  # told by one of them


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("sets", ['[{name="fddb"}]', '[{name="lfw_net7"}, {name="scenes", images=2, seed=1}]'])
def test_real_sets_are_learned_from(sets: str, data_root: Path, tmp_path: Path) -> None:
    settings = SETTINGS["retinaface"] | {"steps": 3, "verify_every_steps": 3, "held_out_images": 2}
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    data = ["--dataset", "concat", "--data-root", str(data_root), "--set", f"dataset.sets={sets}"]
    run = [*COMMAND, "retinaface", "--device", "cpu", "--out", str(tmp_path), *data, *words]
    subprocess.run(run, check=True)
    assert np.isfinite(load(tmp_path / "state.safetensors")[0]["losses"].numpy()).all()
