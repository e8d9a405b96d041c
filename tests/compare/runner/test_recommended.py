"""Recommended thresholds of whole runs: the same as by slow loops over what the run saw."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.runner import recommended
from eigen2arc.compare.runner.recommended import recommended_threshold
from eigen2arc.compare.runner.stages import StageRunner
from eigen2arc.compare.runner.suite import load
from eigen2arc.compare.runner.system_runner import SystemRunner
from eigen2arc.core.artefacts import Store

SUITE = """
[verification]
dataset = "numbered"
[[systems]]
name = "one"
detector = { name = "blinking", missed = [MISSED] }
aligner = { name = "box", size_px = 8 }
encoder = "ENCODER"
"""


def recommend(folder: Path, encoder: str, missed: str = "", fmr: float = 0.1, more: str = "") -> dict[str, Any]:
    (folder / "suite.toml").write_text(more + SUITE.replace("ENCODER", encoder).replace("MISSED", missed))
    suite = load(str(folder / "suite.toml"))
    with Progress(disable=True) as progress:
        stages = StageRunner(Store(folder / "made"), progress, data_root=None, device="cpu", policy=suite.policy)
        dataset = stages.dataset(suite.tasks["verification"])
        found = recommended_threshold(SystemRunner(stages, suite, suite.systems[0]), dataset, fmr)
    json.dumps(found)  # metrics.json is to hold it
    return found


def test_the_threshold_is_that_of_all_pairs_of_tested_images(seen: Any, tmp_path: Path) -> None:
    found = recommend(tmp_path, "number")
    # Of 12 people with 5 images each the last image is in no pair; a score is minus the difference of two numbers.
    tested = [n for n in range(60) if n % 5 < 4]
    impostor = sorted(-abs(a - b) for a in tested for b in tested if a < b and a // 5 != b // 5)
    genuine = [-abs(a - b) for a in tested for b in tested if a < b and a // 5 == b // 5]
    assert (found["pairs"], found["images"], found["people"], found["unknown"]) == (len(impostor), 48, 12, 0)
    accepted = [one for one in impostor if one >= found["threshold"]]
    assert len(accepted) <= 0.1 * len(impostor) < len(accepted) + impostor.count(accepted[0] - 1)
    assert found["fmr"]["value"] == len(accepted) / len(impostor)
    assert found["fnmr"]["value"] == sum(one < found["threshold"] for one in genuine) / len(genuine)
    assert found["fmr"]["low"] < 0.1 < found["fmr"]["high"]


def test_images_without_a_face_say_nothing(seen: Any, tmp_path: Path) -> None:
    found = recommend(tmp_path, "number", missed="0, 1, 2, 3", more='on_missing = "skip"\n')
    assert (found["images"], found["people"]) == (44, 11)


def test_a_system_that_learns_from_the_set_has_no_threshold(seen: Any, tmp_path: Path) -> None:
    assert "each fold has its own" in recommend(tmp_path, "spy")["left_out"]
    fitted = recommend(tmp_path, "spy", more='fit = { dataset = "numbered" }\n')
    assert fitted["people"] == 12


def test_who_sees_one_person_has_no_threshold(seen: Any, tmp_path: Path) -> None:
    missed = ", ".join(str(n) for n in range(60) if n >= 5)
    found = recommend(tmp_path, "number", missed=missed, more='on_missing = "skip"\n')
    assert found == {"left_out": "it saw a face of fewer than two people"}


def test_many_images_are_thinned_evenly(seen: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recommended, "MOST_IMAGES", 24)
    found = recommend(tmp_path, "number")
    assert (found["images"], found["people"]) == (24, 12)
    assert np.isfinite(found["threshold"])
