"""A GPU in five minutes: detection, training, encoding, and what of training only a GPU shows."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import torch

from eigen2arc.core.bounds import NonNegative

from ._measure import Row, row
from ._section import MISSING

#: Benchmark with an on_device() -> seconds that it may measure. Those that matter most come first.
SECTIONS: Mapping[str, float] = {
    "mtcnn": 75.0,
    "train": 45.0,
    "partial_fc": 15.0,
    "gradient_scaler": 15.0,
    "retinaface": 25.0,
    "network_encoders": 15.0,
    "sync_batch_norm": 20.0,
}

#: Seconds that a section takes to begin, and to prepare what it measures.
START_S = 12.0

#: With less time left a section is not begun.
LEAST_S = 20.0


@dataclass
class Section:
    """What came out of a section. status : "done", "failed" or "skipped"; note : why, in a line."""

    name: str
    status: str
    note: str = ""
    seconds: float = 0.0
    rows: list[Row] = field(default_factory=list)


def build(*, seconds: NonNegative = 300.0) -> list[Row]:
    """Measure every section on the GPU, for about ``seconds`` in all, each in a process of its own.

    Returns rows: what, unit, ours, peer, peer_name, ratio, note; of a section that failed or was left out one that says
    so, without numbers. Without a GPU that is all.
    """
    if not torch.cuda.is_available():
        return [row("gpu: left out, torch finds no CUDA device", "", None)]
    rows: list[Row] = []
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        for section in sections("cuda", time.monotonic() + seconds, log):
            rows += section.rows
            if section.status != "done":
                rows.append(row(f"{section.name}: {section.status}, {section.note}", "", None))
    return rows


def sections(
    device: str,
    deadline: float,
    log: IO[str],
    *,
    chosen: Mapping[str, float] = SECTIONS,
    small: bool = False,
    begun: Callable[[str], None] = lambda name: None,
) -> Iterator[Section]:
    """Run sections one after the other and yield each when it has ended; what fails leaves the others alone.

    deadline : of time.monotonic(); as it comes nearer sections measure for a shorter time, and are left out in the end.
    log : takes what they print. chosen : as SECTIONS. small : a rehearsal. begun : is called before each with its name.
    """
    ahead = dict(chosen)
    while ahead:
        left = deadline - time.monotonic()
        share = left - START_S * len(ahead)
        name, wanted = next(iter(ahead.items()))
        seconds = 0.0 if small else max(1.0, min(wanted, share * wanted / sum(ahead.values())))
        del ahead[name]
        if left < LEAST_S:
            yield Section(name, "skipped", "the time is used up")
            continue
        begun(name)
        yield run_section(name, device, seconds, min(left, 2 * seconds + 90), log, small)


def run_section(name: str, device: str, seconds: float, timeout_s: float, log: IO[str], small: bool) -> Section:
    """Run one section in a process, and end that, with all that it started, after ``timeout_s``."""
    module = f"{__package__}.{name}"
    if find_spec(module) is None:
        return Section(name, "failed", f"there is no benchmark {name}")
    start = time.monotonic()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        size = "small" if small else "full"
        command = [sys.executable, "-m", f"{__package__}._section", module, device, str(seconds), str(path), size]
        log.write(f"== {name}\n")
        log.flush()
        code = run_process(command, timeout_s, log)
        lines: list[Any] = [json.loads(line) for line in _whole_lines(path)]
    section = Section(name, "done", seconds=round(time.monotonic() - start, 1))
    section.rows = [line for line in lines if "error" not in line]
    if code == 0:
        return section
    section.status = "skipped" if code == MISSING else "failed"
    errors = [line["error"] for line in lines if "error" in line]
    told = "hung: stopped" if code is None else f"ended with the code {code}"
    section.note = errors[-1] if errors else f"{told} after {section.seconds:.0f} s"
    return section


def _whole_lines(path: Path) -> list[str]:
    """A process that was killed may have left a piece of a line, the last."""
    text = path.read_text() if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()


def run_process(
    command: list[str], timeout_s: float, log: IO[str], environment: Mapping[str, str] | None = None
) -> int | None:
    """Run a command with its output in ``log``; return its exit code, None if it had to be killed after ``timeout_s``.

    It has a session of its own, so that processes which it started end with it.
    """
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
    )
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):  # it ended, and left none
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
