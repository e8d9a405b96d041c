"""MegaFace's protocol run as a suite, on drawn faces, against a loop over the vectors."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.compare.report.overview import table
from eigen2arc.compare.runner.subset import limit
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write
from eigen2arc.core.pipeline import centre_box
from eigen2arc.core.plugins import build
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.images.lazy import ArrayImages

SUITE = """
title = "Few strangers"
[identification]
dataset = "megaface"
root = "{root}"
distractors = 12
cleaned = false
[[systems]]
name = "lbp"
detector = {{ name = "viola_jones", eye_cascade = "", min_size_px = 90 }}
aligner = {{ name = "box", size_px = 48 }}
encoder = "lbp_histogram"
matcher = "cosine"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four drawn people with three images each, and twelve strangers; no detector finds a face of 90 pixels."""
    drawn: Dataset = build("dataset", "synthetic", people=16, images_per_person=3, size_px=80)
    assert drawn.labels is not None
    paths: list[str] = []
    strangers: list[str] = []
    for i, label in enumerate(drawn.labels.tolist()):
        name = f"p{label}/p{label}_{i}.png"
        if label < 4:
            paths.append(name)
        elif i % 3 == 0:
            strangers.append(name)
        else:
            continue
        write(tmp_path / "megaface" / ("facescrub_images" if label < 4 else "megaface_images") / name, drawn.images[i])
    lists = tmp_path / "megaface/devkit/templatelists"
    lists.mkdir(parents=True)
    owners = [path.split("/")[0] for path in paths]
    (lists / "facescrub_features_list.json").write_text(json.dumps({"path": paths, "id": owners}))
    (lists / "megaface_features_list.json_12_1").write_text(json.dumps({"path": strangers}))
    return tmp_path


def test_figures_of_a_run(root: Path, compare: Any) -> None:
    made = compare(SUITE.format(root=root))["systems"][0]["identification"]
    dataset: Dataset = build("dataset", "megaface", root=root, distractors=12, cleaned=False)
    encoder, aligner = build("encoder", "lbp_histogram"), build("aligner", "box", size_px=48)
    images = [dataset.images[i] for i in range(len(dataset.images))]
    vectors = np.concatenate([encoder.encode(aligner.align(image, centre_box(image.shape))) for image in images])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert dataset.labels is not None
    right = {10: [], 12: []}  # type: dict[int, list[bool]]
    for a in range(12):
        for b in range(12):
            if a != b and dataset.labels[a] == dataset.labels[b]:
                for count, found in right.items():
                    found.append(all(unit[a] @ unit[b] > unit[a] @ unit[d] for d in range(12, 12 + count)))
    assert len(right[12]) == made["probes"] == 24 and made["not_found"] == 24
    assert made["rank1_by_distractors"] == {str(c): pytest.approx(np.mean(found)) for c, found in right.items()}
    with (root / "run/answers.csv").open(newline="") as file:
        answers = list(csv.DictReader(file))
    assert [answer["right"] == "1" for answer in answers] == right[12]
    best = {name: unit[i] for i, name in enumerate(dataset.images.names)}
    for answer in answers:
        assert answer["right"] == str(int(answer["named"] == answer["person"])) and answer["named"]
        for key, score in (("named", "score"), ("runner_up", "runner_up_score")):
            if answer[key] != answer["person"]:  # a stranger, named by the image
                assert float(answer[score]) == pytest.approx(best[answer["probe"]] @ best[answer[key]], abs=1e-5)
        assert float(answer["score"]) >= float(answer["runner_up_score"])
    columns, _ = table([{"name": "lbp", "identification": made}])
    assert [column.label for column in columns] == ["rank-1", "rank-1 of 10"]
    assert 0 < made["rank1"] < 1 and made["people"] == 4 and made["gallery"] == 13


def test_images_that_are_left_out_are_nobody(root: Path, compare: Any) -> None:
    made = compare('on_missing = "skip"\n' + SUITE.format(root=root))["systems"][0]["identification"]
    assert made["rank1"] == 0 == max(made["rank1_by_distractors"].values()) and made["not_found"] == 24


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('encoder = "lbp_histogram"', 'encoder = "eigenfaces"'), "eigenfaces has to be fitted"),
        (('matcher = "cosine"', 'identifier = "class_mean"'), "has no gallery to learn from"),
    ],
)
def test_what_has_nothing_to_learn_from(root: Path, compare: Any, change: tuple[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        compare(SUITE.format(root=root).replace(*change))


def test_a_limit_takes_people_and_strangers() -> None:
    labels = np.array([-1, 0, 0, 1, 1, 2, 2, -1, -1, -1, -1])
    images = ArrayImages([np.full((2, 2, 3), i, np.uint8) for i in range(11)], tuple("abcdefghijk"))
    part = limit(Dataset("d", images, ("x", "y", "z"), labels), 3, "identification", learned_from=False)
    assert part.labels is not None and part.labels.tolist() == [-1, 0, 0, 2, 2, -1, -1]
