"""Lost faces in whole runs, refused after the event: the same as a run that leaves them out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import plugins

Compare = Callable[..., dict[str, Any]]

SUITE = """
[TASK]
dataset = "numbered"ROUNDS
[[systems]]
name = "one"
detector = { name = "blinking", missed = [7, 23] }
aligner = { name = "box", size_px = 8 }
encoder = "number"
"""


def written(task: str, rounds: str = "") -> str:
    return SUITE.replace("TASK", task).replace("ROUNDS", f'\nrounds = "{rounds}"' if rounds else "")


def test_pairs(compare: Compare, seen: Any, tmp_path: Any) -> None:
    (system,) = compare(written("verification"))["systems"]
    found = system["verification"]["failure_to_acquire"]
    trials = plugins.build("dataset", "numbered").trials
    images = np.unique(np.concatenate([trials.first, trials.second]))
    assert (found["images"], found["of"], found["counted_as"]) == (2, len(images), {"centre": 2})
    lost = np.isin(trials.first, (7, 23)) | np.isin(trials.second, (7, 23))
    distance = np.abs(trials.first - trials.second)
    shares = []
    for fold in range(4):
        others, tested = (trials.fold != fold) & ~lost, trials.fold == fold
        best = max(range(-1, 60), key=lambda t: np.mean((distance[others] <= t) == trials.same[others]))
        shares.append(np.mean(((distance <= best) & ~lost)[tested] == trials.same[tested]))
    # One person's images follow each other; images of two are five apart, so any threshold between is as good.
    assert found["accuracy_if_refused"] == pytest.approx(np.mean(shares))
    assert found["accuracy_if_refused"] < system["verification"]["accuracy"]["mean"]


def test_probes(compare: Compare, seen: Any) -> None:
    centred = compare(written("identification", "one out"))["systems"][0]["identification"]
    assert centred["failure_to_acquire"]["of"] == 60
    skipped = compare('on_missing = "skip"\n' + written("identification", "one out"), "b")["systems"][0]
    made = centred["failure_to_acquire"]["rank1_if_refused"]
    assert made == skipped["identification"]["failure_to_acquire"]["rank1_if_refused"]
    # What was taken for somebody through a lost image of the gallery stays wrong, or right, in what is refused later.
    assert abs(made - skipped["identification"]["rank1"]) <= 4 / 60
