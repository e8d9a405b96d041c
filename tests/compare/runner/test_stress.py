"""Under stress nothing else changes: what learns sees images as they are, and pairs as they are get the main answer."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.runner.run import run
from eigen2arc.compare.runner.stress import StressTest
from eigen2arc.compare.runner.stress_settings import StressSettings
from eigen2arc.compare.runner.suite import load
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

PEOPLE, EACH, FOLDS, PAIRS = 12, 5, 4, 72
IMAGES = PEOPLE * EACH

Seen = list[tuple[str, list, list]]
Compare = Callable[..., dict[str, Any]]

#: Image n is one colour, (n, 0, 0); at level k it is n + 60 k, so that whoever sees it knows.
MARKED = '''
"""Adds 60 to a number for each level."""
class Marked:
    label, clean, moves_face = "marked: levels", 0.0, False
    def __init__(self, levels): self.levels = levels
    def apply(self, image, face, level, rng):
        made = image.copy()
        made[..., 0] += 60 * int(level)
        return made
def build(*, levels=(1, 2)): return Marked(levels)
'''


@pytest.fixture(autouse=True)
def marked(seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plugins" / "spies" / "stresses"
    folder.mkdir()
    (folder / "marked.py").write_text(MARKED)
    monkeypatch.setitem(plugins.KINDS, "stress", (*plugins.KINDS["stress"], "spies.stresses"))


def suite(encoder: str, stress: str, matcher: str = "euclidean", labels: str = "identities", more: str = "") -> str:
    return f"""
[verification]
dataset = "numbered"
{f"[stress]{chr(10)}{stress}" if stress else ""}
[[systems]]
name = "spy"
detector = "{more or "fixed_box"}"
aligner = {{ name = "box", size_px = 8 }}
encoder = "{encoder}"
matcher = "{matcher}"
labels = "{labels}"
"""


@pytest.mark.parametrize("encoder", ["spy", "staged_spy"])
@pytest.mark.parametrize("labels", ["identities", "none"])
def test_nothing_made_worse_is_ever_learned_from(seen: Seen, compare: Compare, encoder: str, labels: str) -> None:
    plain = compare(suite(encoder, "", labels=labels), "plain")
    fits = [one for one in seen if one[0] == "fit"]
    seen.clear()
    made = compare(suite(encoder, 'stresses = ["marked"]', labels=labels))
    again = [one for one in seen if one[0] == "fit"]
    assert len(fits) == FOLDS and all(one in fits for one in again) and again[:FOLDS] == fits
    assert max(image for _, images, _ in again for image in images) < IMAGES
    for key in ("verification", "crops_sha256", "errors"):
        assert made["systems"][0][key] == plain["systems"][0][key]


def test_a_matcher_learns_from_pairs_as_they_are(seen: Seen, compare: Compare) -> None:
    compare(suite("number", 'stresses = ["marked", "blur"]', "pair_spy"))
    fits = [pairs for what, pairs, _ in seen if what == "pairs"]
    assert len(fits) == 2 * FOLDS and fits[:FOLDS] == fits[FOLDS:]  # once for the verification, once for all stresses
    assert max(np.array(pairs).max() for pairs in fits) < IMAGES
    encoded = {image for what, images, _ in seen if what == "encode" for image in images}
    assert max(encoded) >= IMAGES


def test_pairs_as_they_are_get_the_answers_of_the_verification(compare: Compare) -> None:
    made = compare(suite("number", 'stresses = ["marked"]'))
    system = made["systems"][0]
    levels = system["stress"]["marked"]["levels"]
    assert [one["level"] for one in levels] == [None, 1, 2] and {one["pairs"] for one in levels} == {PAIRS}
    assert levels[0]["accuracy"] == pytest.approx(system["verification"]["accuracy"]["mean"], abs=1e-12)
    assert levels[1]["accuracy"] == levels[2]["accuracy"] == 0.5  # 60 apart all pairs are of two people
    assert made["stress"]["pairs"] == made["stress"]["of"] == PAIRS and made["stress"]["chance"] == 0.5
    assert made["stress"]["stresses"]["marked"] | {"pictures": []} == {
        **{"label": "marked: levels", "levels": [1, 2], "settings": {}, "pictures": []}
    }
    assert len(made["stress"]["stresses"]["marked"]["pictures"]) == 3


def test_accuracy_is_that_of_a_slow_loop(compare: Compare, tmp_path: Path) -> None:
    """Number n against number m + 60 k, at the threshold of the fold, pair by pair."""
    made = compare(suite("number", 'stresses = [{ name = "marked", levels = [1] }]\npairs = 20'), most=40)
    rows = [line.split(",") for line in (tmp_path / "run/scores.csv").read_text().splitlines()[1:]]
    chosen = [rows[i] for i in sorted({int(k * 39 / 19) for k in range(20)})]
    thresholds = dict(zip(range(FOLDS), made["systems"][0]["verification"]["threshold"]["folds"], strict=True))
    right = []
    for _, a, b, same, fold, *_ in chosen:
        score = -abs(int(a) - (int(b) + 60))
        right.append((score >= thresholds[int(fold)]) == (same == "1"))
    levels = made["systems"][0]["stress"]["marked"]["levels"]
    assert levels[1]["pairs"] == 20 and levels[1]["accuracy"] == pytest.approx(np.mean(right))


def test_faces_that_are_lost_are_counted_and_a_pair_without_one_is_refused(compare: Compare) -> None:
    second = sorted(set(plugins.build("dataset", "numbered").trials.second.tolist()))
    missed = [second[0] + 60, second[1] + 60]
    text = suite("number", 'stresses = [{ name = "marked", levels = [1] }]').replace(
        'detector = "fixed_box"', f'detector = {{ name = "blinking", missed = {missed} }}'
    )
    trials = plugins.build("dataset", "numbered").trials
    expected = int(np.isin(trials.second, second[:2]).sum())
    found = compare(text, "centre")["systems"][0]["stress"]["marked"]["levels"]
    assert [one["not_found"] for one in found] == [0, expected]
    skipped = compare('on_missing = "skip"\n' + text, "skip")["systems"][0]["stress"]["marked"]["levels"]
    assert [one["not_found"] for one in skipped] == [0, expected] and skipped[1]["accuracy"] == 0.5


def test_the_same_run_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "suite.toml").write_text(suite("spy", 'stresses = ["marked", "noise", "occlusion"]\npairs = 30'))
    sums = []
    for _ in range(2):
        with Progress(disable=True) as progress:
            given: dict[str, Any] = {"data_root": None, "device": "cpu", "most": None, "command": "c"}
            metrics = run(load(str(tmp_path / "suite.toml")), tmp_path / "run", **given, progress=progress)
        sums.append(hashlib.sha256(metrics.read_bytes()).hexdigest())
    assert sums[0] == sums[1]


def test_all_are_those_that_the_set_allows() -> None:
    everything = StressSettings.parse({}, "here")
    drawn = StressTest(everything, plugins.build("dataset", "synthetic", people=4, images_per_person=2, size_px=32))
    files = StressTest(everything, plugins.build("dataset", "numbered"))
    assert {"pose", "age", "blur"} <= set(drawn.sets) == set(plugins.plugins("stress"))
    assert set(drawn.sets) - set(files.sets) == {"pose", "age"}
    with pytest.raises(UserError, match="stress pose: images of numbered are not drawn"):
        StressTest(StressSettings.parse({"stresses": ["pose"]}, "here"), plugins.build("dataset", "numbered"))
