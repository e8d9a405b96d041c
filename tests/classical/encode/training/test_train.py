"""Training an encoder from images to a file, and what a kill changes of that (nothing)."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigen2arc.classical.encode.training.crops import labelled_crops
from eigen2arc.classical.encode.training.train import ARTEFACTS, Recipe, train_encoder
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build, plugins
from eigen2arc.core.types import Dataset

ALIGNER = Component("aligner", "five_point", {"size_px": 32})
PROJECTED = {
    "name": "projected",
    "base": {"name": "lbp_histogram", "grid": 4},
    "projections": ["square_root", {"name": "whitened_pca", "components": 5}],
}


#: Small enough for 24 faces, where the usual settings are not.
SMALL: dict[str, dict[str, Any]] = {
    "projected": PROJECTED,
    "from_scratch": {
        "backbone": {"name": "mobilefacenet", "width": 0.125, "size_px": 32},
        "embedding_size": 16,
        "steps": 3,
        "batch_size": 8,
        "device": "cpu",
    },
    "fusion": {"members": [PROJECTED, {**PROJECTED, "base": "hog_grid"}]},
    "fisher_vector_faces": {"components": 3, "stride_px": 4},
    "sift_bag_of_words": {"words": 8},
}
LEARNERS = [name for name, plugin in plugins("encoder").items() if plugin.learns]


@pytest.fixture(scope="module")
def people() -> Dataset:
    """Six people, four images of each."""
    dataset: Dataset = build("dataset", "synthetic", people=6, images_per_person=4, size_px=48)
    return dataset


def recipe(encoder: dict[str, Any], steps: Sequence[Component] = ()) -> Recipe:
    return Recipe(Component.parse("encoder", encoder, "test"), ALIGNER, preprocessing=steps)


def crops_of(dataset: Dataset, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    return labelled_crops(dataset, None, ALIGNER, Store(folder))


@pytest.mark.parametrize("encoder", [{"name": "eigenfaces", "components": 2}, {"name": "fisherfaces"}, PROJECTED])
def test_the_model_encodes_as_one_fitted_by_hand(encoder: dict[str, Any], people: Dataset, tmp_path: Path) -> None:
    step = Component("preprocessing", "gamma", {"gamma": 0.4})
    done = train_encoder(recipe(encoder, [step]), people, tmp_path)
    crops, labels = crops_of(people, tmp_path / "other")
    crops = build("preprocessing", "gamma", gamma=0.4).apply(crops)
    by_hand = build("encoder", **encoder).fit(crops, labels)
    loaded = build("encoder", encoder["name"], model=done.model)
    np.testing.assert_array_equal(loaded.encode(crops), by_hand.encode(crops))
    assert (done.images, done.people, done.left_out) == (24, 6, 0)
    assert done.dimensions == loaded.encode(crops[:1]).shape[1]

    written = json.loads((tmp_path / "training.json").read_text())
    assert {"name": written["encoder"], **written["settings"]} == encoder
    assert (written["aligner"], written["detector"]) == (ALIGNER.table(), None)
    assert written["preprocessing"] == [step.table()]
    assert (written["images"], written["size_px"], written["dataset"]) == (24, 32, "synthetic")


@pytest.mark.parametrize("name", LEARNERS)
def test_every_encoder_that_learns_can_be_trained(name: str, people: Dataset, tmp_path: Path) -> None:
    done = train_encoder(recipe({**SMALL.get(name, {}), "name": name}), people, tmp_path)
    crops, _ = crops_of(people, tmp_path / ARTEFACTS)
    vectors = build("encoder", name, model=done.model).encode(crops)
    assert vectors.shape == (24, done.dimensions) and vectors.std(axis=0).max() > 0


def test_a_model_fitted_on_kept_vectors_knows_its_crops(people: Dataset, tmp_path: Path) -> None:
    done = train_encoder(recipe(PROJECTED), people, tmp_path)
    assert len(list((tmp_path / ARTEFACTS).glob("vectors-*"))) == 1
    with pytest.raises(ValueError, match="fitted on 32 x 32 pixels, got 48 x 48"):
        build("encoder", "projected", model=done.model).encode(np.zeros((1, 48, 48, 3), np.uint8))


def test_images_without_a_known_person_are_counted(people: Dataset, tmp_path: Path) -> None:
    labels = people.labels.copy()
    labels[:5] = -1
    dataset = Dataset("some", people.images, people.people, labels, people.faces)
    done = train_encoder(recipe({"name": "eigenfaces"}), dataset, tmp_path)
    assert (done.images, done.people, done.left_out) == (19, 5, 5)


def test_mistakes_are_named(people: Dataset, tmp_path: Path) -> None:
    for encoder in ({"name": "lbp_histogram"}, {"name": "eigenfaces", "model": "a.safetensors"}):
        with pytest.raises(UserError, match=f"{encoder['name']} has nothing to learn"):
            train_encoder(recipe(encoder), people, tmp_path)
    with pytest.raises(UserError, match="did you mean 'eigenfaces'"):
        train_encoder(recipe({"name": "eigenface"}), people, tmp_path)
    nobody = Dataset("nobody", people.images, people.people, -np.ones(24), people.faces)
    with pytest.raises(UserError, match="nobody: 0 of 24 images show a face of a known person"):
        train_encoder(recipe({"name": "eigenfaces"}), nobody, tmp_path)
    assert not list(tmp_path.iterdir())


COMMAND = [
    "classical", "train", "encoder", "projected", "--out", "run", "--aligner", "box", "--preprocessing", "gamma",
    "--set", "aligner.size_px=32", "--set", "dataset.people=12", "--set", "dataset.size_px=48",
    "--set", "encoder.base={name = 'lbp_histogram', grid = 4}",
    "--set", "encoder.projections=['square_root', {name = 'whitened_pca', components = 5}]",
]  # fmt: skip

#: The command line in pieces of four; it waits to be killed once it has made ``most`` of them.
HELD = """
import time
from eigen2arc.compare.cli import main
from eigen2arc.core import artefacts
from eigen2arc.core.artefacts import Store
artefacts.CHUNK = 4
arrays = Store.arrays
def held(self, name, make):
    if self.made == {most}:
        time.sleep(600)
        raise SystemExit("nobody killed it")
    return arrays(self, name, make)
Store.arrays = held
main()
"""


def start(folder: Path, most: int) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", HELD.format(most=most), *COMMAND],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_very_same_model(tmp_path: Path) -> None:
    artefacts = tmp_path / "killed/run" / ARTEFACTS
    seen: dict[Path, int] = {}
    for kind, pieces, most in (("crops", 3, 6), ("vectors", 5, 12 + 8)):
        process = start(tmp_path / "killed", most)
        while len(list(artefacts.glob(f"{kind}-*/*.npz"))) < pieces and process.poll() is None:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL, output.decode()
        seen = {path: path.stat().st_mtime_ns for path in artefacts.glob("*/*.npz")} | seen
    assert not (tmp_path / "killed/run/model.safetensors").exists()
    assert 20 < len(seen) < 36  # all 18 pieces of crops, and some of vectors

    for folder in ("killed", "whole"):
        process = start(tmp_path / folder, most=-1)
        output, _ = process.communicate()
        assert process.returncode == 0, output.decode()
    assert all(path.stat().st_mtime_ns == made for path, made in seen.items())
    models = [tmp_path / folder / "run/model.safetensors" for folder in ("killed", "whole")]
    assert models[0].read_bytes() == models[1].read_bytes()
