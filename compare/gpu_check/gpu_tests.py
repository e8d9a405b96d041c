"""The tests marked gpu, run by pytest in a process of its own, and counted."""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from xml.etree import ElementTree

from eigen2arc.compare.benchmarks.gpu import run_process

#: The project's options for pytest name plugins and make warnings errors; what counts here is what the card computes.
OPTIONS = ("-m", "gpu", "-q", "-ra", "--tb=short", "-p", "no:cacheprovider", "-W", "default")
OVERRIDES = ("-o", "addopts=--import-mode=importlib", "-o", "filterwarnings=default")

#: So many failures are told of, a line each.
TOLD = 10


def run_gpu_tests(folder: Path, timeout_s: float, log: IO[str]) -> dict[str, Any]:
    """Run the tests below ``folder`` that carry the marker gpu; return their counts, seconds, status and failures.

    status : "done", "failed", or "skipped" where there are none or they could not be run at all; note : why. Only files
    that name the marker are read, so that what other tests import need not be installed.
    """
    files = sorted(str(path) for path in folder.rglob("test_*.py") if "mark.gpu" in path.read_text("utf-8"))
    counts: dict[str, Any] = {"passed": 0, "failed": 0, "skipped": 0, "seconds": 0.0, "failures": []}
    if not files:
        return counts | {"status": "skipped", "note": f"{folder}: no test there is marked gpu"}
    start = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with TemporaryDirectory() as scratch:
        junit = Path(scratch) / "junit.xml"
        command = [sys.executable, "-m", "pytest", *OPTIONS, *OVERRIDES, "--junitxml", str(junit), *files]
        log.write("== tests\n")
        log.flush()
        code = run_process(command, timeout_s, log, environment)
        if junit.exists():
            counts |= count(junit)
    counts["seconds"] = round(time.monotonic() - start, 1)
    if code is None:
        return counts | {"status": "failed", "note": f"hung: stopped after {counts['seconds']:.0f} s"}
    if code not in (0, 1, 5) or (code == 0) == bool(counts["failed"]):
        return counts | {"status": "failed", "note": f"pytest ended with the code {code}"}
    note = f"{counts['failed']} failed" if counts["failed"] else ""
    return counts | {"status": "failed" if note else "done", "note": note}


def count(junit: Path) -> dict[str, Any]:
    """Count the tests that passed, failed (errors among them) and were skipped in a file of pytest's --junitxml."""
    passed, skipped = 0, 0
    failures: list[str] = []
    for case in ElementTree.parse(junit).iter("testcase"):
        broken = [child for child in case if child.tag in ("failure", "error")]
        if broken:
            said = (broken[0].get("message") or "").partition("\n")[0]
            failures.append(f"{case.get('classname')}::{case.get('name')}: {said}"[:300])
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return {"passed": passed, "failed": len(failures), "skipped": skipped, "failures": failures[:TOLD]}
