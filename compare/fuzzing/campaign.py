"""A campaign of fuzzing: as many workers as there are cores, what came of their inputs, and those they died of."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Timer
from typing import IO

from .worker import Task, Verdict, keep

#: Starts a worker.
COMMAND = (sys.executable, "-m", f"{__package__}.worker")

#: A worker that has said nothing for so long hangs, and is killed; before its first input it makes the seeds.
HANGS_S, STARTS_S = 60.0, 600.0

#: What may come of an input; all but the first two are to be mended.
OUTCOMES = ("accepted", "refused", "fault", "crash", "memory", "slow")


@dataclass
class Result:
    """Counts by kind of input and outcome, and the verdicts that are to be mended."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    failures: list[Verdict] = field(default_factory=list)

    def by_place(self) -> dict[tuple[str, str, str], list[Verdict]]:
        """Group the failures that are to be mended at one place: those of a kind, outcome, exception and line."""
        groups: dict[tuple[str, str, str], list[Verdict]] = {}
        for verdict in self.failures:
            groups.setdefault((verdict.kind, verdict.outcome, verdict.place), []).append(verdict)
        return groups

    def add(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self.counts.setdefault(verdict.kind, Counter())[verdict.outcome] += 1
        if verdict.outcome not in ("accepted", "refused"):
            self.failures.append(verdict)


def run(
    kinds: Sequence[str],
    *,
    seed: int,
    seconds: float,
    inputs: int,
    failed: Path,
    on_verdict: Callable[[Verdict], object],
) -> Result:
    """Run a campaign over these kinds of input.

    inputs : of each kind, 0 for no bound but the time. failed : a folder for the inputs that are to be mended, made
    when there is one. on_verdict : called with each verdict, from any thread.
    """
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    end, result = time.monotonic() + seconds, Result()

    def add(verdict: Verdict) -> None:
        result.add(verdict)
        on_verdict(verdict)

    def work(number: int) -> None:
        following = dict.fromkeys(kinds, number)
        with tempfile.TemporaryDirectory(prefix="eigen2arc-fuzz-") as folder:
            while (left := end - time.monotonic()) > 0:
                task = Task(seed, dict(following), workers, inputs, left, folder, str(failed))
                if _one_process(task, following, add):
                    return

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    return result


def _one_process(task: Task, following: dict[str, int], add: Callable[[Verdict], None]) -> bool:
    """Start a worker and follow it to its end; returns whether it has done all that it was told.

    following : where the next worker is to go on, changed in place.
    """
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=one_thread
        ) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        json.dump(asdict(task), process.stdin)
        process.stdin.close()
        current: tuple[str, int] | None = None
        starting, outcome = True, ""
        while True:
            alarm = Timer(STARTS_S if starting else HANGS_S, process.kill)
            alarm.start()
            line = process.stdout.readline()
            hangs = not alarm.is_alive()
            alarm.cancel()
            if not line:
                break
            starting = False
            said = json.loads(line)
            if "begin" in said:
                current = said["begin"][0], said["begin"][1]
                following[current[0]] = current[1] + task.step
            else:
                current, outcome = None, said["outcome"]
                add(Verdict(**said))
        code = process.wait()
        if current is not None:
            keep(Path(task.folder) / "input", Path(task.failed), *current)
            add(Verdict(*current, "slow" if hangs else "crash", f"exit {code}: {_last_line(errors)}", str(code)))
            return False
        if code != 0:
            raise RuntimeError(f"the worker ended with {code} before its first input: {_last_line(errors)}")
    return outcome != "memory"


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="backslashreplace").strip().splitlines()
    return lines[-1] if lines else ""
