"""Whatever writes is killed at random moments, and ends as if it had not been: the same files, and no others.

A few kills in CI; EIGEN2ARC_KILLS=50 has each writer killed so often.
"""

import multiprocessing
import os
import re
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from eigen2arc.compare import cli
from eigen2arc.core import build, write_image
from eigen2arc.deep.weights_io import checkpoint

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("EIGEN2ARC_KILLS", "3"))

#: What results say of how long something took.
TIMES = re.compile(r'"(?:\w*seconds|\w+_s|per_second|peak_memory_gb|made|command)": [^\n]+')


@dataclass(frozen=True)
class Writer:
    """words : of a command without its --out. out : a folder, or a file in one.

    resumed : in their place where ``state`` is in the folder. loose : files of which there may be more or fewer.
    """

    words: tuple[str, ...]
    out: str = "out"
    resumed: tuple[str, ...] = ()
    state: str = ""
    loose: str = ""

    def command(self, folder: Path) -> list[str]:
        """What is typed in a folder."""
        begun = bool(self.state) and (folder / self.out / self.state).exists()
        return [*(self.resumed if begun else self.words), "--out", self.out]


def settings(**changes: object) -> tuple[str, ...]:
    return tuple(word for key, value in changes.items() for word in ("--set", f"{key.replace('__', '.')}={value}"))


PEOPLE = settings(dataset__people=6, dataset__images_per_person=4, dataset__size_px=48)
STEPS = settings(steps=12, warm_up_steps=1, verify_every_steps=4, save_every_s=0.0, batch_size=4)
NETWORK = settings(embedding_size=16, held_out_people=2, backbone__width=0.125, backbone__size_px=32)
SCENES = settings(dataset__images=6, dataset__width_px=128, dataset__height_px=128, dataset__largest_face_px=60)
SQUARES = settings(size_px=64, held_out_images=1)
CASCADE = settings(window_px=12, stages=3, negatives=200, variants=9, share=0.5, false_alarm_rate=0.3, held_out=0.2)

PACK = ("datasets", "pack", "synthetic", *PEOPLE, "--size-px", "32", "--per-shard", "3")
CURVES = "events.out.*"

WRITERS = {
    "compare": Writer(("compare", "suite.toml", "--device", "cpu")),
    "pack": Writer(PACK),
    "pack shards": Writer((*PACK, "--format", "shards")),
    "cascade": Writer(
        ("classical", "train", "cascade", "--positives", "faces", "--backgrounds", "backgrounds", *CASCADE),
        resumed=("classical", "train", "cascade", "--resume"),
        state="state.npz",
    ),
    "classical encoder": Writer(
        ("classical", "train", "encoder", "eigenfaces", *PEOPLE, "--set", "encoder.components=4"),
    ),
    "deep encoder": Writer(
        ("deep", "train", "encoder", "--device", "cpu", *PEOPLE, *STEPS, *NETWORK),
        resumed=("deep", "train", "encoder", "--device", "cpu", "--resume"),
        state="state.safetensors",
        loose=CURVES,
    ),
    "detector": Writer(
        ("deep", "train", "detector", "ssh", "--device", "cpu", *SCENES, *STEPS, *SQUARES),
        resumed=("deep", "train", "detector", "ssh", "--device", "cpu", "--resume"),
        state="state.safetensors",
        loose=CURVES,
    ),
    "export": Writer(("deep", "export", "--weights", "weights.safetensors"), "out/arc.onnx"),
}

SUITE = """
title = "Small"
[verification]
dataset = "synthetic"
people = 6
images_per_person = 4
size_px = 48
pairs = 40
[[systems]]
name = "Eigenfaces"
detector = "fixed_box"
aligner = { name = "box", size_px = 32 }
encoder = { name = "eigenfaces", components = 3 }
[[systems]]
name = "LBP"
detector = "fixed_box"
aligner = { name = "box", size_px = 32 }
encoder = { name = "lbp_histogram", grid = 4 }
"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the commands are typed in."""
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "suite.toml").write_text(SUITE, "utf-8")
    people = build("dataset", "synthetic", people=6, images_per_person=4, size_px=48, difficulty=0.1)
    for number, image in enumerate(people.images):
        write_image(folder / f"faces/{number}.png", image[6:42, 6:42])
    scenes = build("dataset", "scenes", images=4, most_faces=0, width_px=160, height_px=120, largest_face_px=50)
    for number, image in enumerate(scenes.images):
        write_image(folder / f"backgrounds/{number}.png", image)
    backbone = build("backbone", "mobilefacenet", embedding_size=16, size_px=32, width=0.125)
    about = {"settings": {"backbone": "mobilefacenet", "embedding_size": 16}}
    about["settings"]["backbone_settings"] = {"size_px": 32, "width": 0.125}
    checkpoint.save(folder / "weights.safetensors", backbone.state_dict(), about)
    return folder


PRELOADED = [
    "eigen2arc.compare.cli",
    "eigen2arc.compare.runner.run",
    "eigen2arc.compare.report.render",
    "eigen2arc.classical.detect.cascade.training.train",
    "eigen2arc.classical.encode.encoders.eigenfaces",
    "eigen2arc.deep.encode.training.encoder",
    "eigen2arc.deep.detect.trainers.ssh",
    "eigen2arc.deep.deploy.onnx_export",
]

#: Processes are forks of one that has loaded all this: a kill comes while one works, not while it starts.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(PRELOADED)


class Typing:
    """Types a writer's command in copies of the inputs, each time in a new process."""

    def __init__(self, writer: Writer, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.writer, self.inputs, self.monkeypatch = writer, inputs, monkeypatch

    def copy(self, folder: Path) -> Path:
        shutil.copytree(self.inputs, folder)
        return folder

    def start(self, folder: Path) -> Any:
        """A process gets the words and the working folder of the one that starts it."""
        self.monkeypatch.setattr(sys, "argv", ["eigen2arc", *self.writer.command(folder)])
        self.monkeypatch.chdir(folder)
        process = FORKS.Process(target=cli.main)
        process.start()
        return process

    def whole(self, folder: Path) -> float:
        """Run to the end; returns the seconds."""
        began = time.monotonic()
        process = self.start(folder)
        process.join()
        assert process.exitcode == 0
        return time.monotonic() - began


def result(folder: Path, loose: str) -> dict[str, Any]:
    """By name of each file in out/: its content, without times."""
    files = [path for path in sorted((folder / "out").rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): content(path) for path in files if not (loose and path.match(loose))}


def content(path: Path) -> Any:
    if path.suffix == ".safetensors":
        return {key: (array.dtype.str, array.tobytes()) for key, array in load_file(path).items()}
    if path.suffix in (".json", ".jsonl"):
        return TIMES.sub("", path.read_text("utf-8"))
    # Of the rest, the names count: pages have times in them, and archives have dates.
    return path.read_bytes() if path.suffix in EXACT else None


#: Files that are the same to the last byte.
EXACT = (".csv", ".xml", ".rec", ".idx", ".lst", ".tar", ".txt", ".onnx", ".npy", ".toml")


@pytest.mark.parametrize("name", WRITERS)
def test_killed_at_random_moments_it_ends_as_if_it_had_not_been(
    name: str, inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing = Typing(WRITERS[name], inputs, monkeypatch)
    typing.whole(typing.copy(tmp_path / "warm"))  # so that what is compiled once is not waited for
    reference = typing.copy(tmp_path / "reference")
    seconds = typing.whole(reference)
    expected = result(reference, typing.writer.loose)
    rng, kills, finished = np.random.default_rng(len(name)), 0, 0
    folder = typing.copy(tmp_path / "0")
    while kills < KILLS or finished == 0:
        process, began = typing.start(folder), time.monotonic()
        process.join(rng.uniform(0, seconds) if kills < KILLS else None)
        if process.exitcode is None:
            process.kill()
            process.join()
        if process.exitcode == -signal.SIGKILL:
            kills += 1
            continue
        assert process.exitcode == 0
        assert result(folder, typing.writer.loose) == expected
        seconds = min(seconds, time.monotonic() - began)  # on a machine that is busy now and then
        finished += 1
        shutil.rmtree(folder)
        folder = typing.copy(tmp_path / str(finished))
