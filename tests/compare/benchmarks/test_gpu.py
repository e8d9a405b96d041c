"""`bench gpu`: a section that fails or hangs leaves the others alone. tests/contracts runs every section on the CPU."""

import io
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from eigen2arc.compare.benchmarks import _section, gpu, train
from eigen2arc.compare.benchmarks._measure import row, seconds_of
from eigen2arc.core import plugins


def test_every_section_has_sizes_for_a_rehearsal() -> None:
    for name in gpu.SECTIONS:
        section = import_module(f"eigen2arc.compare.benchmarks.{name}")
        assert isinstance(section.SMALL, dict) and callable(section.on_device)


def test_without_a_gpu_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    (only,) = gpu.build(seconds=0)
    assert only["what"] == "gpu: left out, torch finds no CUDA device" and only["ours"] is None


def test_operations_are_those_of_the_layers() -> None:
    """A backbone's convolutions, counted by hand: two operations a weight and place, forth, and twice as many back."""
    counted = []

    def note(layer: torch.nn.Module, _given: Any, out: torch.Tensor) -> None:
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            counted.append(2 * layer.weight[0].numel() * out[0].numel())

    network = plugins.build("backbone", "iresnet", layers=18)
    for layer in network.modules():
        layer.register_forward_hook(note)
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, 112, 112))
    # The first layer's images need no gradient.
    assert train._operations("iresnet", {"layers": 18}) == 3 * sum(counted) - counted[0]


# -- a section's process --------------------------------------------------------------------------------------------

MODULE = """
SMALL = {"rows": 1}
def on_device(device, seconds, rows=2):
    for n in range(rows):
        yield {"what": device, "ours": n}
    import %s
    raise RuntimeError("broke\\nand more")
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A module `fake_section` that imports what the parameter names, and the file for its rows."""
    (tmp_path / "fake_section.py").write_text(MODULE % request.param)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "fake_section", raising=False)
    return tmp_path / "rows"


@pytest.mark.parametrize(
    ("written", "small", "code", "error"),
    [
        ("json", "full", 1, "RuntimeError: broke"),
        ("json", "small", 1, "RuntimeError: broke"),
        ("not_there.at_all", "full", _section.MISSING, "needs not_there, which is not installed here"),
        ("eigen2arc.core.not_there", "full", 1, "ModuleNotFoundError: No module named 'eigen2arc.core.not_there'"),
    ],
    indirect=["written"],
)
def test_rows_before_an_error_are_kept(written: Path, small: str, code: int, error: str) -> None:
    assert _section.main("fake_section", "cpu", "0", str(written), small) == code
    *rows, last = [json.loads(line) for line in written.read_text().splitlines()]
    assert rows == [{"what": "cpu", "ours": n} for n in range(1 if small == "small" else 2)]
    assert last == {"error": error}


@pytest.mark.parametrize(
    ("code", "lines", "status", "note"),
    [
        (0, [{"what": "a"}], "done", ""),
        (1, [{"what": "a"}, {"error": "why"}], "failed", "why"),
        (_section.MISSING, [{"error": "needs x"}], "skipped", "needs x"),
        (None, [{"what": "a"}], "failed", "hung: stopped after 0 s"),
        (-11, [], "failed", "ended with the code -11 after 0 s"),
    ],
)
def test_what_a_section_came_to(
    code: int | None, lines: list[dict[str, str]], status: str, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], timeout_s: float, log: object) -> int | None:
        # A killed process leaves a piece of a line.
        Path(command[6]).write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"wha')
        return code

    monkeypatch.setattr(gpu, "run_process", run)
    section = gpu.run_section("mtcnn", "cpu", 1.0, 9.0, io.StringIO(), small=True)
    assert (section.status, section.note) == (status, note)
    assert section.rows == [line for line in lines if "error" not in line]


def test_a_section_gets_less_time_as_the_end_comes_near(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, tuple[float, float]] = {}

    def run(name: str, device: str, seconds: float, timeout_s: float, log: object, small: bool) -> gpu.Section:
        asked[name] = (seconds, timeout_s)
        return gpu.Section(name, "done")

    monkeypatch.setattr(gpu, "run_section", run)
    chosen = {"a": 60.0, "b": 20.0}

    def statuses(left_s: float) -> list[str]:
        asked.clear()
        deadline = time.monotonic() + left_s
        return [section.status for section in gpu.sections("cuda", deadline, io.StringIO(), chosen=chosen)]

    assert statuses(1000.0) == ["done", "done"]
    assert asked["a"] == (60.0, 210.0) and asked["b"] == (20.0, 130.0)
    assert statuses(2 * gpu.START_S + 40) == ["done", "done"]
    assert asked["a"][0] == pytest.approx(30.0, abs=0.1) and asked["a"][1] == pytest.approx(64.0, abs=0.1)
    assert asked["b"][0] == 20.0  # a took no time here
    assert statuses(gpu.LEAST_S + 1) == ["done", "done"] and asked["a"][0] == 1.0
    assert statuses(gpu.LEAST_S - 1) == ["skipped", "skipped"] and not asked


@pytest.mark.slow
def test_a_process_that_hangs_is_ended_with_those_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; print('begun', flush=True);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with (tmp_path / "log").open("w+") as log:
        assert gpu.run_process([sys.executable, "-c", code], 3.0, log) is None
        log.seek(0)
        begun, child = log.read().split()
        assert begun == "begun"
        for _ in range(100):
            if not _runs(int(child)):
                break
            time.sleep(0.05)
        assert not _runs(int(child))
        assert gpu.run_process([sys.executable, "-c", "raise SystemExit(7)"], 30.0, log) == 7


def _runs(pid: int) -> bool:
    """Whether it runs: one that has ended may still wait to be asked for its code."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


# -- timing ---------------------------------------------------------------------------------------------------------


def test_functions_take_turns_and_one_that_fails_is_named() -> None:
    calls: list[str] = []

    def broken() -> None:
        raise ValueError("no\nmore")

    times, errors = seconds_of(
        {"a": lambda: calls.append("a"), "broken": broken, "b": lambda: calls.append("b")}, "cpu", 0
    )
    assert calls == ["a", "b", "a", "b"]
    assert set(times) == {"a", "b"} and min(times.values()) >= 0
    assert errors == {"broken": "ValueError: no"}


def test_a_ratio_needs_two_numbers() -> None:
    assert row("w", "u", 6.0, 2.0, "p", "n") == {
        "what": "w", "unit": "u", "ours": 6.0, "peer": 2.0, "peer_name": "p", "ratio": 3.0, "note": "n",
    }  # fmt: skip
    assert row("w", "u", 6.0, 2.0, less_is_better=True)["ratio"] == 1 / 3
    assert row("w", "u", 6.0)["ratio"] is None and row("w", "u", None, 2.0)["ratio"] is None
    assert "note" not in row("w", "u", 6.0)
