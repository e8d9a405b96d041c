"""The command `python -m eigen2arc.compare.gpu_check`, which `make gpu-check` calls: one table and one JSON.

Everything runs in processes of its own with a share of the time, the tests first: what fails or hangs is told in its
line, and the rest goes on. The JSON is written after each part, so that one that is stopped leaves what it has.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .machine import NEEDED, WANTED, machine, missing

#: The tests take no more than this share of the time.
TESTS_SHARE = 0.35


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check. Returns 0, 1 where a test or a section failed, and 2 where nothing can be measured here."""
    start = time.monotonic()
    chosen = _parser().parse_args(arguments)
    if lacking := missing(NEEDED):
        return _stop(f"not installed here: {', '.join(lacking)}")
    try:
        import torch

        from eigen2arc.compare.benchmarks.gpu import SECTIONS, sections
        from eigen2arc.core.files import write_text

        from .gpu_tests import run_gpu_tests
        from .table import lines
    except ImportError as error:
        return _stop(f"cannot be imported here: {error}")

    device = "cpu" if chosen.rehearsal else "cuda"
    if device == "cuda" and not torch.cuda.is_available():
        return _stop("torch finds no CUDA device here; --rehearsal runs every section on the CPU, on tiny inputs")
    if unknown := set(chosen.only) - {"tests", *SECTIONS}:
        return _stop(f"--only: expected some of tests, {', '.join(SECTIONS)}, got {', '.join(sorted(unknown))}")
    wanted = chosen.only or ["tests", *SECTIONS]
    deadline = start + chosen.seconds
    document: dict[str, Any] = {
        "machine": machine(device),
        "missing": [f"{name} ({WANTED[name]})" for name in missing(WANTED)],
        "tests": None,
        "sections": [],
    }
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    _say(f"{document['machine']['card'] or 'a rehearsal on the CPU'}, {chosen.seconds:g} s at most")
    _say(f"not installed: {'; '.join(document['missing']) or 'nothing'}")
    _write(chosen.out, document, start)
    with chosen.out.with_suffix(".log").open("w") as log:
        if "tests" in wanted and "pytest" not in missing(WANTED):
            _say("tests")
            document["tests"] = run_gpu_tests(chosen.tests, TESTS_SHARE * chosen.seconds, log)
            if device == "cuda" and document["tests"]["status"] == "done" and not document["tests"]["passed"]:
                document["tests"] |= {"status": "failed", "note": "none of them ran"}
            _write(chosen.out, document, start)
        some = {name: seconds for name, seconds in SECTIONS.items() if name in wanted}
        for section in sections(device, deadline, log, chosen=some, small=chosen.rehearsal, begun=_say):
            document["sections"].append(vars(section))
            _write(chosen.out, document, start)
    text = "\n".join(lines(document))
    write_text(chosen.out.with_suffix(".txt"), text + "\n")
    print(f"\n{text}\n\n{json.dumps(document)}", flush=True)
    return 0 if document["ok"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eigen2arc.compare.gpu_check",
        description="Run the tests marked gpu and the benchmark gpu on this machine's CUDA card.",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("build/gpu-check.json"),
        help="the JSON; the table (.txt) and all output (.log) lie beside it",
    )
    parser.add_argument("--seconds", type=float, default=460.0, help="how long it may take in all")
    parser.add_argument("--tests", type=Path, default=Path("tests"), help="the folder of the tests")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="tests, or a section; repeatable")
    parser.add_argument("--rehearsal", action="store_true", help="without a card: every section on the CPU, tiny")
    return parser


def _write(path: Path, document: dict[str, Any], start: float) -> None:
    """Write what there is, with the time it took and whether all of it went well."""
    from eigen2arc.core.files import write_json

    parts = [*document["sections"], *([document["tests"]] if document["tests"] else [])]
    document["seconds"] = round(time.monotonic() - start, 1)
    document["ok"] = any(part["status"] == "done" for part in parts) and all(
        part["status"] != "failed" for part in parts
    )
    write_json(path, document)


def _say(text: str) -> None:
    print(f"gpu-check: {text}", flush=True)


def _stop(why: str) -> int:
    print(f"gpu-check: {why}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
