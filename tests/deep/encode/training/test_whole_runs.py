"""An embedding's training from the command line: killed and resumed it is the run that was not; it can be shared."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from eigen2arc.core import image
from eigen2arc.deep.weights_io.checkpoint import load

pytestmark = pytest.mark.slow

MODULE = "eigen2arc.compare.cli"
TRAIN = ["deep", "train", "encoder", "--device", "cpu", "--dataset", "folder"]
SMALL = {"embedding_size": 16, "backbone.width": 0.125, "backbone.size_px": 32, "held_out_people": 2}
SMALL |= {"batch_size": 8, "warm_up_steps": 2, "save_every_s": 0.0, "verify_every_steps": 5}
STATE = "state.safetensors"

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


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight colour patterns, photographed eight times each with noise; one file is no picture."""
    root, rng = tmp_path_factory.mktemp("people"), np.random.default_rng(5)
    for person in range(8):
        pattern = rng.integers(40, 216, (4, 4, 3)).repeat(8, axis=0).repeat(8, axis=1)
        for number in range(8):
            noisy = pattern + rng.normal(0, 10, pattern.shape)
            image.write(root / f"person{person}" / f"{number}.png", noisy.clip(0, 255).astype(np.uint8))
    (root / "person1" / "3.png").write_bytes(b"no picture")
    return root


def words(people: Path, out: Path, **changes: object) -> list[str]:
    settings = SMALL | {"dataset.root": str(people)} | changes
    return [*TRAIN, "--out", str(out), *(w for key, value in settings.items() for w in ("--set", f"{key}={value}"))]


def run(command: list[str], processes: int = 1) -> str:
    launch = [sys.executable]
    if processes > 1:
        launch += ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)]
    done = subprocess.run([*launch, "-m", MODULE, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def steps_done(out: Path) -> int:
    return int(load(out / STATE)[1]["step"]) if (out / STATE).exists() else 0


def same(first: Path, second: Path) -> bool:
    (a, _), (b, _) = load(first), load(second)
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


#: Losses with centres, with a state of their own, and with batches of their own.
@pytest.mark.parametrize("loss", ["arcface", "sphereface", "triplet"])
def test_killed_and_resumed_is_bit_for_bit_the_same(loss: str, people: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    begun = [*words(people, parts, steps=60, adam_steps=20), "--loss", loss]
    resumed = [*TRAIN[:5], "--out", str(parts), "--resume"]
    for command, stop_after in ((begun, 7), (resumed, 31)):
        held = HELD.format(steps=stop_after - steps_done(parts) + 5)
        started = subprocess.Popen([sys.executable, "-c", held, *command])
        while steps_done(parts) < stop_after:
            assert started.poll() is None, "it was to be killed before it ended"
            time.sleep(0.002)
        os.kill(started.pid, signal.SIGKILL)
        started.wait()
        assert stop_after <= steps_done(parts) < 60
    said = run(resumed)

    run([*words(people, whole, steps=60, adam_steps=20), "--loss", loss])
    assert same(whole / STATE, parts / STATE) and same(whole / "best.safetensors", parts / "best.safetensors")
    assert "1 of 64 images could not be read and were skipped: " in said and "person1/3.png" in said


#: Every device with the whole classifier, and each with a part of it.
@pytest.mark.parametrize("sample_rate", [0.0, 1.0])
def test_two_processes_are_one_with_the_whole_batch(sample_rate: float, people: Path, tmp_path: Path) -> None:
    # Rounding errors grow from layer to layer and step to step: small steps, and exactness is for test_all_gather.py.
    for name, processes in (("one", 1), ("two", 2)):
        run(
            words(people, tmp_path / name, steps=4, batch_size=40, learning_rate=1e-5, sample_rate=sample_rate),
            processes,
        )
    (one, _), (two, _) = (load(tmp_path / name / STATE) for name in ("one", "two"))
    assert one.keys() == two.keys()
    for key in (key for key in one if not key.startswith("optimiser.")):
        torch.testing.assert_close(two[key], one[key], rtol=1e-5, atol=1e-5, msg=lambda text, key=key: f"{key}: {text}")
