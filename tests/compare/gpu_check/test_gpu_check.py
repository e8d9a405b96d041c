"""`make gpu-check`: what it says where nothing can be measured, its JSON and its table, and its exit code."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from eigen2arc.compare.benchmarks import gpu
from eigen2arc.compare.gpu_check import __main__ as check
from eigen2arc.compare.gpu_check import gpu_tests, machine
from eigen2arc.compare.gpu_check.table import lines

ROOT = Path(__file__).parents[3]
ROW = {"what": "MTCNN", "unit": "images/s", "ours": 1234.5, "peer": 12.0, "peer_name": "theirs", "ratio": 102.875}


def fake(*sections: gpu.Section) -> Any:
    def run(device: str, deadline: float, log: object, **_: Any) -> Iterator[gpu.Section]:
        assert device == "cpu"
        yield from sections

    return run


def test_without_a_card_it_says_so_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert check.main(["--out", str(tmp_path / "x.json")]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("gpu-check: torch finds no CUDA device here; ") and err.count("\n") == 1 and not out
    assert not list(tmp_path.iterdir())


def test_without_torch_it_says_so_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "find_spec", lambda name: None if name in ("torch", "cv2") else object())
    assert check.main([]) == 2
    assert capsys.readouterr().err == "gpu-check: not installed here: torch, cv2\n"


def test_other_sections_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["--rehearsal", "--only", "mtcnn", "--only", "nothing"]) == 2
    assert capsys.readouterr().err.endswith("got nothing\n")


@pytest.mark.parametrize(
    ("statuses", "code"),
    [(("done", "done"), 0), (("done", "skipped"), 0), (("done", "failed"), 1), (("skipped", "skipped"), 1)],
)
def test_the_json_and_the_table(
    statuses: tuple[str, str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    two = [gpu.Section(name, status, "why", 1.5, [ROW]) for name, status in zip("ab", statuses, strict=True)]
    monkeypatch.setattr(gpu, "sections", fake(*two))
    path = tmp_path / "new" / "gpu-check.json"
    assert check.main(["--rehearsal", "--only", "train", "--out", str(path)]) == code
    document = json.loads(path.read_text())
    assert [section["status"] for section in document["sections"]] == [*statuses]
    assert document["ok"] == (code == 0) and document["tests"] is None and document["machine"]["card"] is None
    out = capsys.readouterr().out.splitlines()
    assert json.loads(out[-1]) == document
    table = path.with_suffix(".txt").read_text().splitlines()
    assert table == out[-2 - len(table) : -2]
    shown = [line.split() for line in table if line.startswith("MTCNN")]
    assert (
        shown == [["MTCNN", "1,230", "images/s", "12", "theirs", "103"]] * 2
    )  # three digits, also in the JSON's place
    assert sum(line.startswith(("a: ", "b: ")) for line in table) == sum(status != "done" for status in statuses)


def test_the_table_names_the_card_and_what_failed() -> None:
    document = {
        "machine": {
            "card": "NVIDIA X", "card_memory_gb": 141.0, "driver": "580.1", "torch": "2.11", "cuda": "13.0",
            "python": "3.12", "cpu": "AMD", "cores": 16, "memory_gb": 128.0,
        },
        "missing": ["facenet_pytorch (MTCNN)"],
        "tests": {
            "passed": 3, "failed": 1, "skipped": 2, "seconds": 9.6, "failures": ["test_a: no"],
            "status": "failed", "note": "1 failed",
        },
        "sections": [
            {"name": "train", "status": "failed", "note": "hung", "rows": [ROW | {"peer": None, "note": "n"}]},
        ],
    }  # fmt: skip
    text = list(lines(document))
    assert text[0] == "card     NVIDIA X, 141.0 GB, driver 580.1"
    assert "missing  facenet_pytorch (MTCNN)" in text
    assert text[4:6] == ["tests    failed: 3 passed, 1 failed, 2 skipped in 10 s; 1 failed", "         test_a: no"]
    assert text[-2].split()[-2:] == ["103", "n"] and text[-1].split() == ["train:", "failed", "hung"]


def test_the_machine() -> None:
    found = machine.machine("cpu")
    assert found["card"] is None and found["torch"] == torch.__version__ and found["cpu"]
    json.dumps(found)


# -- the tests marked gpu -------------------------------------------------------------------------------------------

TESTS = """
import pytest

@pytest.mark.gpu
@pytest.mark.parametrize("n", [1, 2, 3])
def test_it(n):
    if n == 2:
        pytest.skip("why")
    assert n != %d, "broke"

def test_of_the_cpu():
    raise AssertionError
"""


@pytest.mark.parametrize(("broken", "passed", "failed", "status"), [(3, 1, 1, "failed"), (4, 2, 0, "done")])
def test_gpu_tests_are_counted(broken: int, passed: int, failed: int, status: str, tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TESTS % broken)
    (tmp_path / "test_b.py").write_text("import not_installed_anywhere")  # has none of them, and is not read
    # An option of a plugin that is not there, and options that would stop at it.
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-config\ntimeout = 9\nmarkers = gpu\n")
    with (tmp_path / "log").open("w+") as log:
        found = gpu_tests.run_gpu_tests(tmp_path, 100.0, log)
    counts = {name: found[name] for name in ("passed", "failed", "skipped", "status")}
    assert counts == {"passed": passed, "failed": failed, "skipped": 1, "status": status}, (
        tmp_path / "log"
    ).read_text()
    assert len(found["failures"]) == failed and all("test_it[3]: AssertionError: broke" in f for f in found["failures"])


def test_where_there_are_no_gpu_tests(tmp_path: Path) -> None:
    found = gpu_tests.run_gpu_tests(tmp_path / "none", 9.0, io.StringIO())
    assert found["status"] == "skipped" and found["passed"] == 0


def test_gpu_tests_that_hang_or_cannot_be_collected(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("import pytest, nothing_there\n@pytest.mark.gpu\ndef test(): pass\n")
    with (tmp_path / "log").open("w") as log:
        found = gpu_tests.run_gpu_tests(tmp_path, 100.0, log)
        assert found["status"] == "failed" and found["failed"] == 1
        found = gpu_tests.run_gpu_tests(tmp_path, 0.01, log)
        assert found["status"] == "failed" and found["note"].startswith("hung")


@pytest.mark.slow
def test_files_with_gpu_tests_need_nothing_that_may_be_missing() -> None:
    """Where the card is there may be no hypothesis, matplotlib or tensorboard: nothing of the check may ask for it."""
    code = """
import sys
sys.modules.update(dict.fromkeys(["hypothesis", "matplotlib", "tensorboard", "defusedxml", "onnxscript"]))
from importlib import import_module, util
for path in sys.argv[1:]:
    spec = util.spec_from_file_location("test_file", path)
    spec.loader.exec_module(util.module_from_spec(spec))
import_module("eigen2arc.compare.gpu_check.machine").machine("cpu")
for name in import_module("eigen2arc.compare.benchmarks.gpu").SECTIONS:
    import_module("eigen2arc.compare.benchmarks." + name)
"""
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if "mark.gpu" in path.read_text("utf-8")]
    files = [str(path) for path in tests if ROOT / "tests" / "deep" in path.parents]
    assert len(files) >= 5
    command = [sys.executable, "-c", code, str(ROOT / "tests" / "conftest.py"), *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
