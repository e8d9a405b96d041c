"""Strangers in whole runs: the same as by hand, never learned from, and never right or wrong in answers.csv."""

import csv
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE

Compare = Callable[..., dict[str, Any]]

SUITE = """
[identification]
dataset = "open_set"
root = ""
base = "numbered"
people = 5
strangers = 7
probes = 3
rounds = 2
[[systems]]
name = "one"
detector = { name = "blinking", missed = [MISSED] }
aligner = { name = "box", size_px = 8 }
encoder = "ENCODER"
"""


def written(encoder: str, missed: str = "", more: str = "") -> str:
    return SUITE.replace("ENCODER", encoder).replace("MISSED", missed).replace("rounds = 2", f"rounds = 2{more}", 1)


def dataset() -> Any:
    return plugins.build("dataset", "open_set", root="", base="numbered", people=5, strangers=7, probes=3, rounds=2)


@pytest.fixture
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty-one strangers' probes decide a threshold."""
    monkeypatch.setattr("eigen2arc.core.metrics.open_set.ERRORS_NEEDED", 2)


def test_rates_by_hand(compare: Compare, seen: Any, enough: None, tmp_path: Any) -> None:
    (system,) = compare(written("number"))["systems"]
    made, expected, rank1 = dataset(), [], []
    number = np.array([int(name) for name in made.images.names])
    for split in made.splits:
        gallery, probes = np.flatnonzero(split == GALLERY), np.flatnonzero(split == PROBE)
        distance = np.abs(number[probes][:, None] - number[gallery])
        nearest, least = made.labels[gallery][distance.argmin(axis=1)], distance.min(axis=1)
        mated = np.isin(made.labels[probes], made.labels[gallery])
        assert mated.sum() == 15 and (~mated).sum() == 21
        right = (nearest == made.labels[probes]) & ((distance == least[:, None]).sum(axis=1) == 1)
        # A tenth of 21 strangers is two: the distance of the third nearest one is too far.
        expected.append(np.mean(right[mated] & (least[mated] < np.sort(least[~mated])[2])))
        rank1.append(np.mean(right[mated]))
    found = system["identification"]
    assert found["rounds"] == pytest.approx(rank1) and found["probes"] == 30
    assert found["open_set"]["dir_at_fpir"]["1e-1"] == pytest.approx(np.mean(expected))
    assert found["open_set"]["dir_at_fpir"]["1e-2"] == "too few strangers"
    assert (found["open_set"]["probes"], found["open_set"]["strangers"]) == (30, 42)
    assert found["failure_to_acquire"]["rank1_if_refused"] == pytest.approx(found["rank1"])
    with (tmp_path / "run/answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["right"] == "" for row in rows) == 42 and sum(row["right"] == "1" for row in rows) == 15 * sum(rank1)
    assert all(row["person"] and row["named"] for row in rows)


def test_strangers_are_never_learned_from(compare: Compare, seen: list[tuple[str, list, list]]) -> None:
    compare(written("spy"))
    learned = [sorted(images) for what, images, _ in seen if what == "fit"]
    made = dataset()
    galleries = [sorted(int(made.images.names[i]) for i in np.flatnonzero(split == GALLERY)) for split in made.splits]
    assert learned == galleries


def test_where_no_face_is_found_nobody_is_named(compare: Compare, seen: Any, enough: None, tmp_path: Any) -> None:
    made = dataset()
    number = np.array([int(name) for name in made.images.names])
    enrolled = {label for split in made.splits for label in made.labels[split == GALLERY]}
    never = [label for label in range(12) if label not in enrolled]
    lost = ", ".join(map(str, number[np.isin(made.labels, never)].tolist()))
    text = 'on_missing = "skip"\n' + written("number", lost)
    (skipped,) = compare(text)["systems"]
    with (tmp_path / "run/answers.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["person"]) in never]
    assert rows and all((row["named"], row["right"], row["score"]) == ("", "", "") for row in rows)
    acquired = skipped["identification"]["failure_to_acquire"]
    assert acquired["images"] == len(lost.split(",")) and acquired["counted_as"] == {"skipped": acquired["images"]}
    rates = skipped["identification"]["open_set"]["dir_at_fpir"]
    assert acquired["dir_at_fpir_if_refused"] == rates
    (centred,) = compare(written("number", lost), "centred")["systems"]
    # Strangers without a face take no place among the tenth that may be let in, so that the threshold falls.
    assert rates["1e-1"] >= centred["identification"]["open_set"]["dir_at_fpir"]["1e-1"]
    assert centred["identification"]["failure_to_acquire"]["dir_at_fpir_if_refused"] == rates


def test_few_probes_of_a_limited_run_may_leave_a_round_without_strangers(compare: Compare, seen: Any) -> None:
    (system,) = compare(written("number"), most=5)["systems"]
    assert system["identification"]["probes"] <= 5


def test_without_anybody_known_there_is_nothing_to_test(compare: Compare, seen: Any, tmp_path: Any) -> None:
    text = written("number").replace('"open_set"\nroot = ""\nbase = "numbered"', '"numbered"')
    text = "\n".join(
        line for line in text.splitlines() if not line.startswith(("people", "strangers", "probes", "rou"))
    )
    with pytest.raises(UserError, match="numbered: none of the probes' people has an image in the gallery"):
        compare(text)
