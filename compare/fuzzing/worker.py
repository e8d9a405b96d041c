"""The process that reads mutated inputs: `python -m eigen2arc.compare.fuzzing.worker`, told what to do on stdin.

One JSON object comes in, see Task; a line of JSON goes out before each input, {"begin": [kind, number]}, and one after
it, see Verdict. So whoever started it knows which input it died of.
"""

import json
import logging
import os
import resource
import shutil
import sys
import time
import traceback
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.peak_memory import peak_bytes

from .fuzzer import Fuzzer
from .mutation import Files, mutate, write

#: More than this, and an input counts as one that eats the memory or the time, whatever comes of it.
MOST_BYTES, MOST_SECONDS = 1_500_000_000, 10.0

#: Address space that an input may take beyond what is there at the start, so that the machine outlives the program.
ROOM_BYTES = 8 << 30

#: Where messages go: what is standard output at the start.
OUTPUT = os.dup(1)


@dataclass(frozen=True)
class Task:
    """What a worker is to do.

    seed : of all inputs; one input hangs on it, its kind and its number, and on nothing else. following : the number of
    each kind's next input. step : from a number to the worker's next one. inputs : all numbers are below, 0 for no end.
    seconds : when to end. folder : where the input lies that is being read; one that fails is moved to ``failed``.
    """

    seed: int
    following: dict[str, int]
    step: int
    inputs: int
    seconds: float
    folder: str
    failed: str


@dataclass(frozen=True)
class Verdict:
    """What came of an input.

    outcome : "accepted", "refused", "fault", "memory" or "slow". error : a line. place : the exception and where it was
    raised, the same for inputs that are to be mended at one place.
    """

    kind: str
    number: int
    outcome: str
    error: str = ""
    place: str = ""


def run(task: Task) -> None:
    """Read inputs until the time is over; after one that took too much memory too, for the peak of a process stays."""
    fuzzers: dict[str, Fuzzer] = {kind: plugins.build("fuzzer", kind) for kind in task.following}
    seeds = {kind: fuzzer.seeds() for kind, fuzzer in fuzzers.items()}
    _limit_address_space()
    for kind, fuzzer in fuzzers.items():
        # What is compiled, or loaded, at the first use is not the time of the first input.
        _read(fuzzer, _written(seeds[kind][0], task))
    spent, following = dict.fromkeys(fuzzers, 0.0), dict(task.following)
    end = time.monotonic() + task.seconds
    while time.monotonic() < end:
        # The same time for every kind, not the same number: an image is read in a thousandth of what a video needs.
        open_kinds = [kind for kind in fuzzers if not task.inputs or following[kind] < task.inputs]
        if not open_kinds:
            return
        kind = min(open_kinds, key=spent.__getitem__)
        number = following[kind]
        following[kind] += task.step
        _say({"begin": [kind, number]})
        folder = _written(draw(seeds[kind], task.seed, kind, number), task)
        start = time.monotonic()
        outcome, error, place = _read(fuzzers[kind], folder)
        seconds = time.monotonic() - start
        if outcome != "fault" and peak_bytes() > MOST_BYTES:
            outcome, error = "memory", f"{peak_bytes() / 1e9:.1f} GB"
        elif outcome != "fault" and seconds > MOST_SECONDS:
            outcome, error = "slow", f"{seconds:.0f} s"
        spent[kind] += time.monotonic() - start
        if outcome not in ("accepted", "refused"):
            keep(folder, Path(task.failed), kind, number)
        _say(asdict(Verdict(kind, number, outcome, error, place)))
        if outcome == "memory":
            return


def _written(files: Files, task: Task) -> Path:
    """The folder of an input, in place of the one before."""
    folder = Path(task.folder) / "input"
    shutil.rmtree(folder, ignore_errors=True)
    write(files, folder)
    return folder


def draw(seeds: list[Files], seed: int, kind: str, number: int) -> Files:
    """Draw an input: one of the kind's seeds, mutated."""
    rng = Random(f"{seed} {kind} {number}")
    return mutate(rng.choice(seeds), rng)


def keep(folder: Path, failed: Path, kind: str, number: int) -> None:
    """Move an input that failed to ``failed/KIND-NUMBER``, in place of an older one."""
    kept = failed / f"{kind}-{number}"
    shutil.rmtree(kept, ignore_errors=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(folder, kept)


def _read(fuzzer: Fuzzer, folder: Path) -> tuple[str, str, str]:
    """The outcome of an input, its error and the place of it."""
    try:
        fuzzer.read(folder)
    except UserError as error:
        return ("refused", "", "") if str(error).strip() else ("fault", "a UserError without a word", "")
    except MemoryError:
        return "memory", f"MemoryError, {peak_bytes() / 1e9:.1f} GB", ""
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {last.filename}:{last.lineno}"
        return "fault", f"{place}: {error}"[:300], place
    return "accepted", "", ""


def _limit_address_space() -> None:
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + ROOM_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _say(line: object) -> None:
    os.write(OUTPUT, f"{json.dumps(line)}\n".encode())


def main() -> None:
    """Read the task from stdin and do it."""
    logging.disable()  # warnings of files are what this is made of
    warnings.simplefilter("ignore")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no message
    run(Task(**json.load(sys.stdin)))


if __name__ == "__main__":
    main()
