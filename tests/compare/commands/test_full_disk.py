"""A disk that is full in the middle of the work: a line that says so, and no half of a file. On a small real one."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.cli import main
from eigen2arc.core import plugins
from eigen2arc.core.image import write

pytestmark = pytest.mark.slow

SIZE_KB = 4096

WEIGHTS = files("eigen2arc.deep.weights") / "mobilefacenet_synthetic.safetensors"


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of SIZE_KB in memory."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_KB}k", "tmpfs", folder]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs, crops of what passes for faces, and a suite."""
    folder = tmp_path_factory.mktemp("inputs")
    people = plugins.build("dataset", "synthetic", people=6, images_per_person=3, seed=1)
    for i in range(18):
        write(folder / "faces" / f"{i}.png", people.images[i])
    rng = np.random.default_rng(0)
    for i in range(120):
        write(folder / "crops" / f"{i}.png", rng.integers(0, 256, (24, 24, 3), dtype=np.uint8))
    (folder / "tiny.toml").write_text(SUITE)
    return folder


SUITE = """
title = "Tiny"
[verification]
dataset = "synthetic"
people = 8
images_per_person = 4
[[systems]]
name = "LBP"
detector = { name = "fixed_box" }
aligner = "eyes"
encoder = "lbp_histogram"
"""

#: Six people, eight images each, for whatever is made of them.
FEW = "--set dataset.people=6 --set dataset.images_per_person=8"
NETWORK = "--set backbone.width=0.125 --set held_out_people=2 --set batch_size=8 --set steps=2 --set warm_up_steps=1"
CASCADE = "--positives {inputs}/crops --backgrounds {inputs}/faces "
CASCADE += "--set window_px=8 --set stages=1 --set negatives=300 --set most_trees=3"

#: By command: the kB that are left when it begins. Its checks find room, what it makes has none.
WRITERS = [
    ("compare {inputs}/tiny.toml --device cpu --out {out}", 100),
    (f"datasets pack synthetic {FEW} --out {{out}}", 60),
    ("detect {inputs}/faces --detector fixed_box --draw {out}", 100),
    ("datasets synthesize {out} --people 3", 100),
    ("classical train encoder eigenfaces --set dataset.people=6 --out {out}", 200),
    (
        f"classical train cascade {CASCADE} --out {{out}}",
        12,
    ),
    (f"deep train encoder --device cpu {FEW} {NETWORK} --out {{out}}", 400),
    ("explain encoder lbp_histogram --detector fixed_box --out {out}/a.png", 12),
    ("classical convert haarcascade_frontalface_alt.xml {out}/a.json", 12),
    ("deep export --weights {weights} --out {out}/a.onnx", 60),
]


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    def run(words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["eigen2arc", *words.split()])
        with pytest.raises(SystemExit) as stop:
            main()
        errors = capsys.readouterr().err
        assert stop.value.code == 2, errors
        return errors

    return run


@pytest.mark.parametrize(("words", "left_kb"), WRITERS, ids=lambda value: " ".join(str(value).split()[:3]))
def test_a_full_disk_is_a_line(
    words: str, left_kb: int, disk: Path, inputs: Path, stopped: Callable[[str], str]
) -> None:
    out = disk / "out"
    out.mkdir()
    try:
        (disk / "filler").write_bytes(bytes((SIZE_KB - left_kb) * 1024))
        *_, line = stopped(
            words.format(inputs=inputs, out=out, weights=WEIGHTS)
        ).splitlines()  # of a slow machine's, the last
        assert line.startswith("eigen2arc: ") and "o space left on device" in line and str(disk) in line
        assert not list(out.rglob(".*")) and not list(out.rglob("*.part"))
    finally:
        subprocess.run(["find", disk, "-mindepth", "1", "-delete"], check=True)


def test_a_full_disk_is_told_before_the_work(disk: Path, stopped: Callable[[str], str]) -> None:
    try:
        (disk / "filler").write_bytes(bytes(SIZE_KB * 1024))
        assert "o space left on device: free some space" in stopped(f"deep train encoder --out {disk}/out")
    finally:
        (disk / "filler").unlink()
