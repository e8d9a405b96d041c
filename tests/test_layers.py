"""Rooms import only from rooms below them: core <- datasets <- classical, deep <- compare."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BELOW = {
    "core": {"core"},
    "datasets": {"core", "datasets"},
    "classical": {"core", "datasets", "classical"},
    "deep": {"core", "datasets", "deep"},
    "compare": {"core", "datasets", "classical", "deep", "compare"},
}
SOURCES = [path for room in BELOW for path in sorted((ROOT / room).rglob("*.py"))]


def imported(path: Path) -> list[str]:
    """Every module that a file imports, anywhere in it, by its full name where it is written out."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append(node.module or "")
        elif isinstance(node, ast.ImportFrom):
            depth = len(path.relative_to(ROOT).parent.parts) - node.level
            assert depth >= 0, f"{path}: a relative import leaves its room"
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_from_below_only(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    for module in imported(path):
        if module.startswith("eigen2arc"):
            assert module.split(".")[1] in BELOW[room], f"{path.name} of {room} imports {module}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_training_reads_data_sets(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    if (
        room in ("classical", "deep")
        and not {"training", "trainers", "data"} & set(path.parts)
        and not path.name.startswith("train")
    ):
        assert not any(module.startswith("eigen2arc.datasets") for module in imported(path))


def test_torch_lives_in_deep_only() -> None:
    for path in SOURCES:
        if path.relative_to(ROOT).parts[0] in ("core", "datasets", "classical"):
            assert not any(module.split(".")[0] in ("torch", "torchvision") for module in imported(path)), path


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["compare", "--help"], ["deep", "--help"]])
def test_help_and_list_load_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['eigen2arc', *{arguments}]\n"
        "from eigen2arc.compare.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "heavy = {'torch', 'sklearn', 'numba', 'matplotlib', 'onnxruntime'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_files_stay_small_enough_to_read() -> None:
    long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long, f"two files in one: {long}"
