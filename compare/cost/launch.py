"""Measuring a system in a child process, which may die of it: see worker.py."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict

from eigen2arc.core.errors import UserError

from .worker import Measured, Task

COMMAND = (sys.executable, "-m", "eigen2arc.compare.cost.worker")

#: What tells libraries how many threads there are to be, before they are loaded.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

#: After so long a system counts as one that hangs.
LONGEST_S = 1800


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measure_apart(task: Task) -> Measured:
    """Measure a system in a process of its own. Raises UserError, in one line, where that fails or dies."""
    environment = {**os.environ, **dict.fromkeys(THREADS, str(task.threads))}
    if task.device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""  # so that a plug-in inside another finds none, either
    try:
        done = subprocess.run(
            COMMAND, input=json.dumps(asdict(task), default=str).encode(), capture_output=True, env=environment,
            timeout=LONGEST_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"it took more than {LONGEST_S // 60} minutes") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise UserError(f"its process {_end(done.returncode)}{_last_line(done.stderr)}") from None
    if "error" in answer:
        raise UserError(answer["error"])
    return Measured(**answer)


def _end(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with {code}"
    names = {one.value: one.name for one in signal.Signals}
    return f"was ended by {names.get(-code, f'signal {-code}')}"


def _last_line(errors: bytes) -> str:
    lines = errors.decode(errors="replace").strip().splitlines()
    return f": {lines[-1]:.200}" if lines else ""
