"""Preprocessing, staged encoders, identifiers and rounds in whole runs: the same as by hand, and shared."""

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.runner.results import Crops, Selection
from eigen2arc.compare.runner.stages import StageRunner
from eigen2arc.core import artefacts, plugins
from eigen2arc.core.artefacts import Store, array_sha256
from eigen2arc.core.component import Component
from eigen2arc.core.image import write
from eigen2arc.core.metrics.identification import ranks

Seen = list[tuple[str, list, list]]
Compare = Callable[..., dict[str, Any]]

BASE = {"name": "lbp_histogram", "grid": 3}
PROJECTED = {"base": BASE, "projections": ["square_root", {"name": "whitened_pca", "components": 6}, "lda"]}


@pytest.fixture
def stage_runner(tmp_path: Path) -> StageRunner:
    return StageRunner(Store(tmp_path / "artefacts"), Progress(disable=True), data_root=None, device="cpu")


@pytest.fixture
def crops(rng: np.random.Generator) -> Crops:
    """Forty crops of eight people."""
    patterns = rng.integers(0, 256, (8, 8, 8, 3)).repeat(5, axis=0).repeat(4, axis=1).repeat(4, axis=2)
    pixels = (patterns + rng.normal(0, 30, patterns.shape)).clip(0, 255).astype(np.uint8)
    return Crops(pixels, np.zeros(40, np.uint8), array_sha256(pixels), 0.0, 0.0)


@pytest.mark.parametrize("mapped_bytes", [artefacts.MAPPED_BYTES, 100])
def test_a_staged_encoder_is_the_plain_one(
    stage_runner: StageRunner, crops: Crops, monkeypatch: pytest.MonkeyPatch, mapped_bytes: int
) -> None:
    monkeypatch.setattr(artefacts, "MAPPED_BYTES", mapped_bytes)
    encoder = Component("encoder", "projected", PROJECTED)
    assert encoder.children == (Component("encoder", "lbp_histogram", {"grid": 3}),)
    labels = np.arange(8).repeat(5)
    training, tested = np.flatnonzero(labels < 6), np.flatnonzero(labels > 5)
    encoded = stage_runner.fit_and_encode(
        Selection(crops, training, labels[training]), Selection(crops, tested), encoder
    )
    plain = plugins.build("encoder", "projected", **PROJECTED).fit(crops.crops[training], labels[training])
    np.testing.assert_array_equal(encoded.vectors, plain.encode(crops.crops[tested]))
    np.testing.assert_array_equal(encoded.of(tested[[3, 1]]), encoded.vectors[[3, 1]])
    base = stage_runner.encode(Selection(crops, np.arange(40)), encoder.children[0])
    assert isinstance(base.vectors, np.memmap) == (mapped_bytes == 100)
    assert encoded.bases == {base.name: base.seconds} and base.seconds > 0
    assert list(stage_runner.store.folder.glob("tmp*")) == []


LEARNED = {"base": {"name": "eigenfaces", "components": 9}, "projections": [{"name": "lda", "shrinkage": 0.2}]}
FUSED = {"members": [{"name": "projected", **PROJECTED}, {"name": "hog_grid"}], "weights": [2.0, 1.0]}


@pytest.mark.parametrize(
    ("name", "settings", "bases", "models"),
    [
        ("projected", LEARNED, 0, 1),
        ("projected", LEARNED | {"mirrored": True}, 0, 1),
        ("fusion", FUSED, 2, 1),
        ("fusion", {"members": [FUSED | {"name": "fusion"}, LEARNED | {"name": "projected"}]}, 2, 2),
        ("projected", {"base": FUSED | {"name": "fusion"}, "projections": ["unit_length"]}, 2, 1),
    ],
)
def test_one_made_of_others_that_learn_is_the_plain_one(
    stage_runner: StageRunner, crops: Crops, name: str, settings: dict[str, Any], bases: int, models: int
) -> None:
    """Also where a child has children; what it learned, and what those that learn nothing give, is there once."""
    encoder = Component("encoder", name, settings)
    labels = np.arange(8).repeat(5)
    training, tested = np.flatnonzero(labels < 6), np.flatnonzero(labels > 5)
    chosen = Selection(crops, training, labels[training]), Selection(crops, tested)
    encoded = stage_runner.fit_and_encode(*chosen, encoder)
    plain = plugins.build("encoder", name, **settings).fit(crops.crops[training], labels[training])
    np.testing.assert_array_equal(encoded.vectors, plain.encode(crops.crops[tested]))
    assert len(encoded.bases) == bases == len(list(stage_runner.store.folder.glob("vectors-*")))
    assert len(list(stage_runner.store.folder.glob("model-*"))) == models
    made = stage_runner.store.made
    again = stage_runner.fit_and_encode(*chosen, Component("encoder", name, settings))
    assert stage_runner.store.made == made and again.bases == encoded.bases


def test_seconds_of_children_count_as_if_nobody_had_fitted_them(stage_runner: StageRunner, crops: Crops) -> None:
    labels = np.arange(8).repeat(5)
    chosen = Selection(crops, np.arange(30), labels[:30]), Selection(crops, np.arange(30, 40))
    alone = stage_runner.fit_and_encode(*chosen, Component("encoder", "eigenfaces"))
    both = Component("encoder", "projected", {"base": "eigenfaces", "projections": ["unit_length"]})
    encoded = stage_runner.fit_and_encode(*chosen, both)
    assert encoded.fit_seconds > alone.fit_seconds > 0 and encoded.seconds > alone.seconds > 0


def test_bases_are_encoded_once_for_all_folds_and_systems(seen: Seen, compare: Compare, tmp_path: Path) -> None:
    system = """
[[systems]]
name = "NAME"
detector = "fixed_box"
aligner = { name = "box", size_px = 8 }
encoder = "staged_spy"
labels = "LABELS"
"""
    systems = [system.replace("NAME", labels).replace("LABELS", labels) for labels in ("identities", "none")]
    text = '[verification]\ndataset = "numbered"\n' + "".join(systems)
    document = compare(text)
    assert [images for what, images, _ in seen if what == "encode"] == [list(range(60))]
    assert len([what for what, *_ in seen if what == "fit"]) == 8
    for one in document["systems"]:
        # All 60 images once, though every fold projects its own again; the base's seconds are there for each system.
        assert one["timing"]["encode"]["images"] == 60 and one["timing"]["encode"]["seconds"] > 0
    seen.clear()
    for name in [name for name in sys.modules if name.startswith("spies.classical")]:
        del sys.modules[name]
    assert compare(text) == document and seen == []
    assert not [name for name in sys.modules if name.startswith("spies.classical.")]  # a rerun imports no encoder


def test_preprocessing_changes_the_crops_that_are_encoded_and_named(compare: Compare, seen: Seen) -> None:
    system = """
[[systems]]
name = "NAME"
detector = "fixed_box"
aligner = { name = "box", size_px = 8 }
encoder = "number"
STEPS
"""
    plain = system.replace("NAME", "plain").replace("STEPS", "")
    steps = system.replace("NAME", "steps").replace("STEPS", 'preprocessing = [{ name = "gamma", gamma = 2.0 }, "log"]')
    first, second = compare('[verification]\ndataset = "numbered"\n' + plain + steps)["systems"]
    assert first["crops_sha256"] != second["crops_sha256"]
    dataset = plugins.build("dataset", "numbered")
    made = np.stack([dataset.images[i] for i in range(60)])
    for name, settings in (("gamma", {"gamma": 2.0}), ("log", {})):
        made = plugins.build("preprocessing", name, **settings).apply(made)
    assert second["crops_sha256"] == array_sha256(made)
    assert [images for what, images, _ in seen if what == "encode"] == [list(range(60)), made[:, 4, 4, 0].tolist()]
    assert second["stages"]["preprocessing"][0] == {"name": "gamma", "settings": {"gamma": 2.0}}
    assert second["timing"]["preprocess"]["images"] == 60 and "preprocess" not in first["timing"]


IDENTIFY = """
[identification]
dataset = "numbered"
rounds = "random"
[[systems]]
name = "one"
detector = "fixed_box"
aligner = { name = "box", size_px = 8 }
encoder = "ENCODER"
"""


@pytest.mark.parametrize("encoder", ["number", "staged_spy"])
def test_rounds_by_hand(compare: Compare, seen: Seen, encoder: str, tmp_path: Path) -> None:
    document = compare(IDENTIFY.replace("ENCODER", encoder))
    (system,) = document["systems"]
    dataset = plugins.build("dataset", "numbered", rounds="random")
    wanted = []
    for split in dataset.splits:
        gallery, probes = np.flatnonzero(split == 0), np.flatnonzero(split == 1)
        place = ranks(-np.abs(probes[:, None] - gallery[None]), dataset.labels[probes], dataset.labels[gallery])
        wanted.append(np.mean(place == 1))
    figures = system["identification"]
    assert figures["rounds"] == pytest.approx(wanted)
    assert figures["rank1"] == pytest.approx(np.mean(wanted))
    assert figures["resampled"]["unit"] == "people"
    assert figures["intervals"]["rank1"]["low"] <= figures["rank1"] <= figures["intervals"]["rank1"]["high"]
    assert figures["probes"] == (dataset.splits == 1).sum() == system["identification"]["probes"]
    # Eleven rounds are two artefacts, of eight and of three.
    assert len(list((tmp_path / "run/artefacts").glob("answers-*/*.npz"))) == 2
    assert compare(IDENTIFY.replace("ENCODER", encoder)) == document


def test_answers_of_every_probe_are_written_down(compare: Compare, seen: Seen, tmp_path: Path) -> None:
    document = compare(IDENTIFY.replace("ENCODER", "number"))
    dataset = plugins.build("dataset", "numbered", rounds="random")
    with (tmp_path / "run/answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == document["systems"][0]["identification"]["probes"]
    wanted = []
    for number, split in enumerate(dataset.splits):
        gallery = np.flatnonzero(split == 0)
        for probe in np.flatnonzero(split == 1):
            nearest = gallery[np.abs(gallery - probe).argmin()]
            wanted.append(
                (str(number), str(probe), dataset.people[dataset.labels[probe]], -abs(float(nearest - probe)))
            )
    assert [(row["round"], row["probe"], row["person"], float(row["score"])) for row in rows] == wanted
    for row in rows:
        assert row["right"] == str(int(row["named"] == row["person"])) and row["runner_up"] != row["named"]
        assert float(row["runner_up_score"]) <= float(row["score"]) and row["status"] == "0"
    rounds = [np.mean([row["right"] == "1" for row in rows if row["round"] == str(n)]) for n in range(11)]
    assert rounds == pytest.approx(document["systems"][0]["identification"]["rounds"])


def test_a_folder_of_people_is_looked_up_in_itself(compare: Compare, tmp_path: Path) -> None:
    drawn = plugins.build("dataset", "synthetic", people=4, images_per_person=3, size_px=64)
    for i, label in enumerate(drawn.labels.tolist()):
        write(tmp_path / "people" / f"person {label}" / f"{i}.png", drawn.images[i])
    text = f"""
[identification]
dataset = "folder"
root = "{tmp_path / "people"}"
[[systems]]
name = "lbp"
detector = "fixed_box"
aligner = {{ name = "box", size_px = 48 }}
encoder = "lbp_histogram"
"""
    document = compare(text)
    made = document["systems"][0]["identification"]
    assert (made["probes"], made["gallery"], made["people"]) == (4, 8, 4)
    assert document["datasets"]["identification"]["tested"] == "4 probes in 1 round, 12 images of 4 people"
    with (tmp_path / "run/answers.csv").open(newline="") as file:
        assert [row["person"] for row in csv.DictReader(file)] == [f"person {n}" for n in range(4)]


def test_an_identifier_names_the_person(compare: Compare, seen: Seen) -> None:
    text = IDENTIFY.replace("ENCODER", "number") + 'identifier = { name = "nearest_neighbours", k = 1 }\n'
    document = compare(text)
    (system,) = document["systems"]
    assert system["stages"]["identifier"]["name"] == "nearest_neighbours" and "matcher" not in system["stages"]
    dataset = plugins.build("dataset", "numbered", rounds="random")
    vectors = np.stack([dataset.images[i][4, 4, :2] for i in range(60)]).astype(np.float32)
    for split, rank1 in zip(dataset.splits, system["identification"]["rounds"], strict=True):
        gallery, probes = np.flatnonzero(split == 0), np.flatnonzero(split == 1)
        one = plugins.build("identifier", "nearest_neighbours", k=1).fit(vectors[gallery], dataset.labels[gallery])
        people = np.unique(dataset.labels[gallery])
        place = ranks(one.score(vectors[probes]), dataset.labels[probes], people)
        assert rank1 == pytest.approx(np.mean(place == 1))


def test_one_out_is_pooled_and_compared_with_published_results(compare: Compare, seen: Seen) -> None:
    text = IDENTIFY.replace("ENCODER", "number").replace("random", "one out") + (
        'published = { figure = "error", value = 0.25, source = "a table", differs = "drawn images" }\n'
    )
    (system,) = compare(text)["systems"]
    figures = system["identification"]
    assert (
        figures["rank1"] == pytest.approx(np.mean(figures["rounds"]))
        and len(figures["rounds"]) == figures["probes"] == 60
    )
    assert system["beside"] == {
        "figure": "error",
        "published": 0.25,
        "ours": pytest.approx(1 - figures["rank1"]),
        "difference": pytest.approx(0.75 - figures["rank1"]),
        "source": "a table",
        "differs": "drawn images",
    }
