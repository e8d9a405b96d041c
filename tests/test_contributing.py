"""CONTRIBUTING's first page: its plug-in, put beside the matchers, is listed, named in a suite, held to the contract.

And the contract holds: a matcher that is wrong is found out by the tests that were there before it.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from eigen2arc.compare.runner import suite
from eigen2arc.core import plugins

ROOT = Path(__file__).parents[1]
SUITE = """
title = "A suite"
description = "With a plug-in of one's own."
verification = {{ dataset = "{dataset}" }}
identification = {{ dataset = "{dataset}" }}

[[systems]]
name = "LBP"
detector = "{detector}"
aligner = "{aligner}"
preprocessing = ["{preprocessing}"]
encoder = "{encoder}"
matcher = "{matcher}"
identifier = "{identifier}"
"""
THEIRS = {
    "dataset": "synthetic",
    "detector": "viola_jones",
    "aligner": "eyes",
    "preprocessing": "gamma",
    "encoder": "lbp_histogram",
    "matcher": "chi_square",
    "identifier": "class_mean",
}
TOY = '"""A toy."""\n\n\ndef build() -> str:\n    """Build it."""\n    return "mine"\n'
#: What makes a folder one of those that matchers lie in, before pytest collects the contract tests.
REGISTERS = 'from eigen2arc.core import plugins\nplugins.KINDS["matcher"] += ("matchers_of.my_own",)\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on Python's path, with the plug-in as CONTRIBUTING has it."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    own = tmp_path / "matchers_of" / "my_own"
    own.mkdir(parents=True)
    (own / "manhattan.py").write_text(code, "utf-8")
    (tmp_path / "registers.py").write_text(REGISTERS, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_it_is_listed_and_named_in_a_suite(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(plugins.KINDS, "matcher", (*plugins.KINDS["matcher"], "matchers_of.my_own"))
    assert plugins.plugins("matcher")["manhattan"].summary.startswith("Manhattan distance")
    (folder / "suite.toml").write_text(SUITE.format(**THEIRS | {"matcher": "manhattan"}), "utf-8")
    (system,) = suite.load(str(folder / "suite.toml")).systems
    assert system.matcher is not None and type(system.matcher.built).__name__ == "Manhattan"


@pytest.mark.parametrize("kind", THEIRS)
def test_one_of_every_kind_that_a_suite_names_can_be_ones_own(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = f"named_in_a_suite_{kind}.room"
    own = tmp_path / package.replace(".", "/")
    own.mkdir(parents=True)
    (own / "toy.py").write_text(TOY, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(plugins.KINDS, kind, (*plugins.KINDS[kind], package))
    (tmp_path / "suite.toml").write_text(SUITE.format(**THEIRS | {kind: "toy"}), "utf-8")
    read = suite.load(str(tmp_path / "suite.toml"))
    (system,) = read.systems
    named = {"dataset": read.tasks["verification"], "preprocessing": system.preprocessing[0]}
    chosen = named.get(kind) or getattr(system, kind)
    assert (chosen.kind, chosen.name, chosen.built) == (kind, "toy", "mine")


@pytest.mark.slow
@pytest.mark.parametrize(("wrong", "fails"), [(False, False), (True, True)])
def test_it_is_held_to_the_contract(folder: Path, wrong: bool, fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = folder / "matchers_of" / "my_own" / "manhattan.py"
    if wrong:
        plugin.write_text(plugin.read_text("utf-8").replace("-cdist(", "cdist("), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")
    contract = ROOT / "tests" / "contracts" / "test_matchers.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "registers", str(contract), "-k", "manhattan"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == fails, done.stdout[-3000:]
    assert re.search(r"[1-9]\d* (passed|failed)", done.stdout)
