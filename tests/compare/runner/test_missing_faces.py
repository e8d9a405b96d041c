"""Images in which the detector finds no face, where a suite leaves them out or stops for them."""

import csv
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.identification import ranks

Compare = Callable[..., dict[str, Any]]

MISSED = (7, 23)

SUITE = """
on_missing = "skip"
[TASK]
dataset = "numbered"
[[systems]]
name = "one"
detector = { name = "blinking", missed = [7, 23] }
aligner = { name = "box", size_px = 8 }
encoder = "ENCODER"
"""


def written(task: str, encoder: str) -> str:
    return SUITE.replace("TASK", task).replace("ENCODER", encoder)


def rows(folder: Any) -> list[list[str]]:
    return [line.split(",") for line in (folder / "run/scores.csv").read_text().splitlines()[1:]]


def test_left_out_images_are_not_learned_from_and_never_accepted(
    compare: Compare, seen: list[tuple[str, list, list]], tmp_path: Any
) -> None:
    document = compare(written("verification", "spy") + 'matcher = "pair_spy"\n')
    (system,) = document["systems"]
    assert document["datasets"]["verification"]["on_missing"] == "skip"
    assert document["datasets"]["verification"]["choose"] == "central"
    assert system["verification"]["not_found"] == len(MISSED)
    learned = [images for what, images, _ in seen if what == "fit"]
    assert len(learned) == 4 and not {*MISSED} & {image for images in learned for image in images}
    dataset = plugins.build("dataset", "numbered")
    for what, pairs, same in seen:
        if what == "pairs":
            assert len(pairs) == len(same) < 0.75 * len(dataset.trials)
    scores = {tuple(sorted(map(int, row[1:3]))): float(row[5]) for row in rows(tmp_path)}
    assert any(set(pair) & {*MISSED} for pair in scores)
    for pair, score in scores.items():
        assert score == min(scores.values()) if set(pair) & {*MISSED} else score >= min(scores.values())


def test_left_out_images_name_nobody(compare: Compare, seen: Any, tmp_path: Any) -> None:
    text = written("identification", "number").replace('"numbered"', '"numbered"\nrounds = "one out"')
    (system,) = compare(text)["systems"]
    with (tmp_path / "run/answers.csv").open(newline="") as file:
        answered = {int(row["probe"]): (row["named"], row["right"]) for row in csv.DictReader(file)}
    assert {probe for probe, answer in answered.items() if answer == ("", "0")} == {*MISSED}
    labels = plugins.build("dataset", "numbered").labels
    shown = np.array([i for i in range(60) if i not in MISSED])
    right = 0
    for probe in shown:
        gallery = shown[shown != probe]
        right += int(ranks(-np.abs(probe - gallery)[None], labels[[probe]], labels[gallery])[0] == 1)
    assert system["identification"]["rank1"] == pytest.approx(right / 60)
    assert all(system["identification"]["rounds"][i] == 0 for i in MISSED)


def test_by_default_the_centre_takes_the_place_of_a_face(compare: Compare, seen: Any) -> None:
    document = compare(written("verification", "number").replace('on_missing = "skip"', ""))
    assert document["datasets"]["verification"]["on_missing"] == "annotation"
    assert [images for what, images, _ in seen if what == "encode"] == [list(range(60))]


def test_an_error_names_the_first_image(compare: Compare, seen: Any) -> None:
    with pytest.raises(UserError, match='numbered: blinking found no face in 7, and on_missing is "error"'):
        compare(written("verification", "number").replace("skip", "error"))
