"""A kept system says of the run's own images what answers.csv says."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.recognize.naming.namer import name_faces
from eigen2arc.recognize.naming.system_people import SystemPeople
from eigen2arc.recognize.systems.system_file import load

from ..conftest import SUITE, run_suite


@pytest.fixture(scope="module")
def images() -> dict[str, np.ndarray]:
    people = plugins.build("dataset", "synthetic", people=6, images_per_person=4, size_px=64)
    return {name: people.images[i] for i, name in enumerate(people.images.names)}


def answers(run: Path, system: str) -> list[dict[str, str]]:
    with (run / "answers.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["system"] == system and row["round"] == "0"]


@pytest.mark.parametrize(("name", "system"), [("Eigen", "eigen"), ("Means of LBP", "means"), ("Both", "both")])
def test_the_runs_own_images_are_answered_as_the_run_did(name: str, system: str, kept: Path, images: Any) -> None:
    known = SystemPeople(load(kept / "systems" / f"{system}.safetensors"))
    rows = answers(kept, name)
    assert len(rows) >= 12 and known.system.threshold is None
    together = name_faces(known, [images[row["probe"]] for row in rows])
    for row, faces in zip(rows, together, strict=True):
        (face,) = faces
        assert (face.named, face.nearest, face.runner_up) == (row["named"], row["named"], row["runner_up"])
        scores = float(row["score"]), float(row["runner_up_score"])
        assert (face.score, face.runner_up_score) == pytest.approx(scores, rel=1e-4, abs=1e-5)
        assert face.distance is None


def test_every_face_of_an_image_is_named(kept: Path, images: Any) -> None:
    known = SystemPeople(load(kept / "systems" / "eigen.safetensors"))
    assert name_faces(known, []) == []

    class Halves:
        def detect(self, images: list[np.ndarray]) -> list[Any]:
            boxes = [[[0, 0, 64, 64], [64, 0, 128, 64]] if image.shape[1] == 128 else [] for image in images]
            made = plugins.build("detector", "fixed_box")
            return [type(made.detect([images[0]])[0])(np.reshape(b, (-1, 4)), np.ones(len(b))) for b in boxes]

    one, other = (images[row["probe"]] for row in answers(kept, "Eigen")[:7:6])
    alone = [name_faces(known, [image])[0][0].nearest for image in (one, other)]
    known.reader.detector = Halves()
    pair, none = name_faces(known, [np.hstack([one, other]), one])
    assert [face.nearest for face in pair] == alone and none == []
    assert pair[1].box == (64, 0, 128, 64)


def test_vectors_that_no_encoder_makes_are_refused(kept: Path, images: Any) -> None:
    known = load(kept / "systems" / "eigen.safetensors")
    known.vectors[:] = 3e38
    with pytest.raises(UserError, match="the system eigen: its vectors give no scores"):
        name_faces(SystemPeople(known), [next(iter(images.values()))])


@pytest.mark.slow
def test_a_rerun_writes_the_same_bytes_and_metrics_name_them(kept: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in (kept / "systems").iterdir()}
    entries = json.loads((kept / "metrics.json").read_text())["systems"]
    again = run_suite(kept.parent)
    assert [one["kept"] for one in again["systems"]] == [one["kept"] for one in entries]
    assert {path.name: path.read_bytes() for path in (kept / "systems").iterdir()} == before
    anew = run_suite(tmp_path)
    assert [one["kept"]["sha256"] for one in anew["systems"]] == [one["kept"]["sha256"] for one in entries]
    assert before.keys() == {"eigen.safetensors", "means.safetensors", "both.safetensors"}


@pytest.mark.slow
def test_with_fit_data_and_a_limit(tmp_path: Path, images: Any) -> None:
    """The encoder is the one that was fitted on the fit data; few probes leave the gallery whole."""
    fit = '[fit]\ndataset = "synthetic"\npeople = 4\nimages_per_person = 3\nsize_px = 64\nseed = 9\n'
    text = fit + SUITE.partition('[[systems]]\nname = "Means')[0].replace("components = 8", "components = 5")
    (system,) = run_suite(tmp_path, text)["systems"]
    known = load(tmp_path / "run" / system["kept"]["file"])
    assert "fitted on 12 images of synthetic" in known.about.learned
    assert (len(known.person), len(known.about.people), known.vectors.shape) == (6, 6, (6, 5))
    for row, (face,) in zip(
        rows := answers(tmp_path / "run", "Eigen"),
        name_faces(SystemPeople(known), [images[row["probe"]] for row in rows]),
        strict=True,
    ):
        assert face.nearest == row["named"] and face.score == pytest.approx(float(row["score"]), rel=1e-4)
