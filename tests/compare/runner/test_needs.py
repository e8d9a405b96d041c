"""What a system needs: files, folders and packages, of which each that is missing is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from eigen2arc.compare.runner.needs import missing
from eigen2arc.compare.runner.suite import System
from eigen2arc.core.component import Component


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ((), ""),
        (("{here}", "{here}/a.onnx", "package: numpy"), ""),
        (("package:numpy.linalg",), ""),
        (("{here}/b.onnx",), "there is no file {here}/b.onnx"),
        (("package: not_here",), "the package not_here is not installed"),
        (("package: not_here.inside",), "the package not_here.inside is not installed"),
        (("package:",), "the package  is not installed"),
        (
            ("{here}/b", "{here}", "package: not_here"),
            "there is no file {here}/b and the package not_here is not installed",
        ),
    ],
)
def test_what_is_missing_is_named(needs: tuple[str, ...], words: str, tmp_path: Path) -> None:
    (tmp_path / "a.onnx").touch()
    here = str(tmp_path)
    system = System("name", "id", Component("detector", "mtcnn"))
    filled = tuple(need.replace("{here}", here) for need in needs)
    assert missing(replace(system, needs=filled)) == words.replace("{here}", here)
