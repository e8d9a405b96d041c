"""Whatever learns, learns from a set's training part: images that the set keeps for its test are never even opened.

A new command that trains has to be added here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from eigen2arc.compare.cli import app
from eigen2arc.core import plugins
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.data.training_data import split

#: Synthetic people, of whose five images each the last two are for a test; to open one of them is an error.
READER = '''
"""People with a part for a test."""
import dataclasses
import numpy as np
from eigen2arc.core.plugins import build as plugin
from eigen2arc.core.types import GALLERY, PROBE
PEOPLE, EACH, LEARNED = 8, 5, 3
class Guarded:
    def __init__(self, images): self.images, self.names, self.version = images, images.names, images.version + "guarded"
    def __len__(self): return len(self.images)
    def __getitem__(self, i):
        assert i % EACH < LEARNED, f"image {i} is for the test"
        return self.images[i]
def build():
    whole = plugin("dataset", "synthetic", people=PEOPLE, images_per_person=EACH, size_px=64, difficulty=0.1)
    part = np.where(np.arange(PEOPLE * EACH) % EACH < LEARNED, GALLERY, PROBE)
    return dataclasses.replace(whole, images=Guarded(whole.images), splits=part[None])
'''

STEPS = ["--device", "cpu", *(f"--set={pair}" for pair in ("steps=1", "warm_up_steps=0", "held_out_images=2"))]
WINDOWS = ["--rounds", "1", "--first-negatives", "40", "--windows-each", "20", "--copies", "1"]

#: What is typed after a command's name to have it learn something small. The networks of `deep train encoder` are
#: validated on what is held out, so that its images are opened: see test_networks_...
TRAININGS = {
    "classical train encoder": ["eigenfaces", "--set", "encoder.components=2"],
    "classical train landmarks": ["--starts", "1"],
    "classical train window": ["--feature", "haar", *WINDOWS],
    "classical train rcnn": WINDOWS,
    "deep train detector": ["ssh", *STEPS, "--set", "size_px=64", "--set", "batch_size=2"],
    "datasets pack": ["guarded", "--size-px", "32"],
}
SLOW = ("classical train rcnn", "deep train detector")
OF_A_FOLDER = ("classical train cascade", "classical train channels")


def commands(group: Any, path: str = "") -> Iterator[str]:
    """The words of every command below a group."""
    if not hasattr(group, "commands"):
        yield path
        return
    for name, command in group.commands.items():
        yield from commands(command, f"{path} {name}".strip())


def test_every_command_that_trains_is_here() -> None:
    training = {path for path in commands(typer.main.get_command(app)) if " train " in path}
    assert training == {path for path in TRAININGS if " train " in path} | {"deep train encoder"} | set(OF_A_FOLDER)


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data set "guarded"."""
    own = tmp_path / "a_set_of" / "my_own"
    own.mkdir(parents=True)
    (own / "guarded.py").write_text(READER, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(plugins.KINDS, "dataset", (*plugins.KINDS["dataset"], "a_set_of.my_own"))


@pytest.mark.parametrize("command", [pytest.param(c, marks=pytest.mark.slow) if c in SLOW else c for c in TRAININGS])
def test_no_image_of_the_test_is_opened(command: str, guarded: None, tmp_path: Path) -> None:
    named = [] if command.startswith("datasets") else ["--dataset", "guarded"]
    done = CliRunner().invoke(app, [*command.split(), *TRAININGS[command], *named, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output + repr(done.exception)


def test_networks_learn_from_the_training_part_and_are_validated_on_the_rest(guarded: None) -> None:
    chosen = split(build("dataset", "guarded"), held_out_people=2)
    assert set(chosen.train % 5) == {0, 1, 2} and set(chosen.held_out % 5) == {3, 4}
    assert len(np.union1d(chosen.train, chosen.held_out)) == 40
