"""The process in which a system is measured: it is told how many threads there are, and it may die."""

import sys
from pathlib import Path

import numpy as np
import pytest

from eigen2arc.compare.cost import launch
from eigen2arc.compare.cost.launch import cores, measure_apart
from eigen2arc.compare.cost.worker import Task
from eigen2arc.core.artefacts import write_arrays
from eigen2arc.core.errors import UserError

TASK = Task("inputs.npz", {"name": "fixed_box"}, threads=3)


def runs(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(launch, "COMMAND", (sys.executable, "-c", code))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", "^its process was ended by SIGKILL$"),
        ("raise SystemExit('no room\\nfor it')", "^its process ended with 1: for it$"),
        ("print('{')", "^its process ended with 0$"),
        ('print(\'{"error": "so it is"}\')', "^so it is$"),
        ("import time; time.sleep(60)", "^it took more than 0 minutes$"),
    ],
)
def test_a_process_that_fails_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch, code: str, said: str) -> None:
    runs(monkeypatch, code)
    monkeypatch.setattr(launch, "LONGEST_S", 1 if "sleep" in code else 60)
    with pytest.raises(UserError, match=said):
        measure_apart(TASK)


def test_it_knows_its_threads_before_it_loads_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    names = [*launch.THREADS, "CUDA_VISIBLE_DEVICES"]
    runs(monkeypatch, f"import json, os; print(json.dumps({{'error': repr([os.environ[n] for n in {names}])}}))")
    with pytest.raises(UserError, match=r"\['3', '3', '3', '3', '3', ''\]"):
        measure_apart(TASK)
    assert cores() >= 1


@pytest.mark.slow
def test_a_system_is_measured_apart(tmp_path: Path) -> None:
    write_arrays(tmp_path / "inputs.npz", {"image-0": np.zeros((48, 48, 3), np.uint8)})
    task = Task(
        str(tmp_path / "inputs.npz"), {"name": "fixed_box"}, {"name": "box"}, encoder={"name": "hog_grid"},
        matcher={"name": "cosine"}, passes=1,
    )  # fmt: skip
    measured = measure_apart(task)
    assert list(measured.milliseconds) == ["detect", "align", "encode", "match"]
    # Memory is its own: this process, which has loaded much more, plays no part.
    assert 0 < measured.base_memory_bytes < measured.peak_memory_bytes
    with pytest.raises(UserError, match="no detector is called"):
        measure_apart(Task(str(tmp_path / "inputs.npz"), {"name": "nobody"}))
