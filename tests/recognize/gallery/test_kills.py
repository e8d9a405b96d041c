"""Enrolling is killed at random moments, by two at once: no finished person is lost, and none is there in part.

A few kills in CI; EIGEN2ARC_KILLS=100 has it killed so often.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.recognize.gallery.audit import faults
from eigen2arc.recognize.gallery.gallery import Gallery

from .conftest import EACH, NAMES

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("EIGEN2ARC_KILLS", "4"))

#: Reads a folder of photos and one of a gallery from each line, and enrols in a child process, slowly, as a network
#: would; writes the child's number, and then how it ended. What it takes to start a Python is spent once.
CODE = """
import os, sys, time
from pathlib import Path
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.outputs import output_folder
from eigen2arc.core.preferred import Recognizer
from eigen2arc.recognize.gallery import enrolment
from eigen2arc.recognize.gallery.building import begin
from eigen2arc.recognize.gallery.calibrating import calibrate
from eigen2arc.recognize.gallery.gate import Limits
aligner = Component("aligner", "box", {"size_px": 48})
edges = Recognizer(Component("detector", "fixed_box"), aligner, Component("encoder", "hog_grid"), "edges")
enrolment.BATCH, enrolment.ENTER_IMAGES = 2, 1

def work(photos, out):
    with output_folder(out):
        gallery = begin(out, photos, edges, Limits(), keeps_images=True, device="cpu")
        names = sorted(path.relative_to(photos).parts for path in photos.glob("*/*"))
        given = [enrolment.Photo(person, name, photos / person / name) for person, name in names]
        enrolment.enrol(gallery, given, Limits(), lambda: time.sleep(0.01))
        calibrate(gallery)

for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            work(*map(Path, line.rstrip("\\n").split("\\t")))
            os._exit(0)
        except UserError as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(2)
        finally:
            os._exit(1)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Nursery:
    """A process whose children enrol people."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, photos: Path, out: Path) -> int:
        """Start a child; returns its number."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{photos}\t{out}\n")
        self.process.stdin.flush()
        return self.number()

    def number(self) -> int:
        """Read a number: of the child, or its exit code, once it has ended."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def end(self) -> str:
        """End it; returns what the children said."""
        return self.process.communicate()[1]


def people_in(out: Path) -> dict[str, set[str]]:
    """By person the names of the images; every file has to be whole."""
    if not (out / "people.sqlite").exists():
        return {}
    gallery = Gallery.open(out, "cpu")
    assert not [one for one in faults(gallery) if "left by a killed process" not in one]
    found: dict[str, set[str]] = {}
    for one in gallery.ledger.images():
        found.setdefault(one.person, set()).add(one.name)
    return found


def test_no_finished_person_is_lost_and_none_is_there_in_part(drawn: Path, tmp_path: Path) -> None:
    whole = {name: {f"{number}.png" for number in range(EACH)} for name in NAMES}
    rng, out, kills, before = np.random.default_rng(3), tmp_path / "0", 0, dict[str, set[str]]()
    nursery = Nursery()
    try:
        nursery.start(drawn, tmp_path / "warm")
        assert nursery.number() == 0
        nursery.start(drawn, tmp_path / "timed")
        began = time.monotonic()
        assert nursery.number() == 0
        seconds = time.monotonic() - began
        while kills < KILLS:
            child = nursery.start(drawn, out)
            time.sleep(rng.uniform(0, seconds))
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            code = nursery.number()
            there = people_in(out)
            assert there.items() <= whole.items() and before.items() <= there.items()
            before = there
            if code == 0:
                assert there == whole
                out, before = tmp_path / str(kills), {}
            else:
                assert code == -signal.SIGKILL
                kills += 1
        nursery.start(drawn, out)
        assert nursery.number() == 0 and people_in(out) == whole
    finally:
        errors = nursery.end()
    assert faults(Gallery.open(out, "cpu")) == [] and not [*out.rglob("*.part")] and not errors


def test_of_two_at_once_one_is_told_to_wait(drawn: Path, tmp_path: Path) -> None:
    both = [Nursery() for _ in range(2)]
    for nursery in both:
        nursery.start(drawn, tmp_path / "both")
    ends = [(nursery.number(), nursery.end()) for nursery in both]
    assert any(code == 0 for code, _ in ends)
    for code, errors in ends:
        assert code == 0 or "another process is writing into it: wait until it is done" in errors
    assert set(people_in(tmp_path / "both")) == set(NAMES)
