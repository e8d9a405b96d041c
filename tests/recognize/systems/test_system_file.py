"""Files of systems: what is written comes back, and nothing else is used."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from eigen2arc.core import model_file, plugins
from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError
from eigen2arc.recognize.reading.encoder_identity import pattern_vector
from eigen2arc.recognize.systems import system_file

SIDE_PX = 32
PEOPLE = ["Ann", "Bob", "Cem"]
THRESHOLD = {
    **{"value": -1.5, "fpir": 0.1, "taken": 3, "strangers": 30, "people": 30, "low": 0.03, "high": 0.26},
    "calibrated_on": "strangers of nowhere",
}


def about(**changes: Any) -> dict[str, Any]:
    return {
        "id": "hog",
        "title": "HOG",
        "version": "0",
        "stages": {
            "detector": {"name": "fixed_box"},
            "aligner": {"name": "box", "size_px": SIDE_PX},
            "encoder": {"name": "hog_grid"},
            "matcher": {"name": "cosine"},
        },
        "preprocessing": [],
        "learned": "nothing",
        "enrolled": "nowhere",
        "people": PEOPLE,
        "without_face": 0,
        "files": {},
        "threshold": THRESHOLD,
        "no_threshold": "",
        **changes,
    }


def stages(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**about()["stages"], **changes}.items() if value is not None}


def written(path: Path, said: dict[str, Any] | None = None, **changes: np.ndarray) -> Path:
    """A whole system of five images, whose said things and tensors are then changed."""
    rng = np.random.default_rng(0)
    encoder = plugins.build("encoder", "hog_grid")
    crops = rng.integers(0, 256, (5, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    pattern = pattern_vector(encoder, [], SIDE_PX)
    system_file.save(path, about(), encoder.encode(crops), np.array([0, 0, 1, 2, 2]), pattern, {})
    if said or changes:
        settings, tensors = model_file.read(path, system_file.NAME)
        model_file.save(path, system_file.NAME, {**settings, **(said or {})}, {**tensors, **changes})
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hog.safetensors"


def test_what_is_written_comes_back(path: Path) -> None:
    loaded = system_file.load(written(path), "cpu")
    assert (loaded.about.people, loaded.person.tolist(), loaded.about.title) == (PEOPLE, [0, 0, 1, 2, 2], "HOG")
    assert loaded.threshold == system_file.Threshold(**THRESHOLD) and loaded.vectors.shape[0] == 5
    np.testing.assert_array_equal(loaded.vectors, load_file(path)["vectors"])
    assert system_file.load(written(path, {"threshold": None, "no_threshold": "none"})).threshold is None


def test_the_same_system_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    assert written(path).read_bytes() == written(tmp_path / "other.safetensors").read_bytes()


def test_what_an_encoder_learned_is_in_the_file(path: Path) -> None:
    crops = np.random.default_rng(1).integers(0, 256, (6, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    fitted: Any = plugins.build("encoder", "eigenfaces", components=3)
    fitted.fit(crops, np.arange(6))
    table = {"name": "eigenfaces", "components": 3}
    said = about(stages=stages(encoder=table), people=list("abcdef"))
    pattern = pattern_vector(fitted, [], SIDE_PX)

    def save(learned: dict[str, np.ndarray]) -> Path:
        system_file.save(path, said, fitted.encode(crops), np.arange(6), pattern, learned)
        return path

    loaded = system_file.load(save(fitted.tensors()))
    np.testing.assert_array_equal(loaded.encoder.encode(crops), fitted.encode(crops))
    with pytest.raises(UserError, match="the encoder eigenfaces has learned nothing, and should"):
        system_file.load(save({}))
    turned = {name: -array for name, array in fitted.tensors().items()}
    with pytest.raises(UserError, match="the encoder eigenfaces is another one than when the people were enrolled"):
        system_file.load(save(turned))
    short = {name: array[..., :-1] for name, array in fitted.tensors().items()}
    with pytest.raises(UserError, match="safetensors: "):
        system_file.load(save(short))
    nan = {name: np.full_like(array, np.nan) for name, array in fitted.tensors().items()}
    with pytest.raises(UserError, match="not finite"):
        system_file.load(save(nan))


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04" + bytes(60), pickle.dumps({"vectors": [1]})], ids=["empty", "zip", "pickle"]
)
def test_other_files_are_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(UserError, match="hog.safetensors: is not a safetensors file"):
        system_file.load(path)


def test_a_model_is_no_system(path: Path, tmp_path: Path) -> None:
    model_file.save(path, "eigenfaces", {}, {"mean": np.zeros(3, np.float32)})
    with pytest.raises(UserError, match="holds a model of 'eigenfaces', not of 'system'"):
        system_file.load(path)
    written(path).write_bytes(path.read_bytes()[:-7])
    with pytest.raises(UserError, match="is not a safetensors file"):
        system_file.load(path)
    with pytest.raises(UserError, match="cannot be read"):
        system_file.load(tmp_path / "absent.safetensors")


FLOATS, ONES = np.float32, np.ones(5, np.int32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: written(p, {"format": 2}), "format = 2: expected 1"),
        (lambda p: written(p, {"people": "Ann"}), "people = 'Ann': expected a list, each text"),
        (lambda p: written(p, {"people": PEOPLE[:2]}), "its people and their images do not go together"),
        (lambda p: written(p, {"people": [*PEOPLE, "Dee"]}), "its people and their images do not go together"),
        (lambda p: written(p, {"more": 1}), "has an unknown setting 'more'"),
        (lambda p: written(p, {"without_face": -1}), "without_face = -1"),
        (lambda p: written(p, {"stages": stages(encoder=None)}), "which is no whole system"),
        (lambda p: written(p, {"stages": stages(identifier={"name": "class_mean"})}), "which is no whole system"),
        (lambda p: written(p, {"stages": stages(trainer={"name": "mtcnn"})}), "which is no whole system"),
        (lambda p: written(p, {"stages": stages(matcher={"name": "cosin"})}), "matcher: .* did you mean 'cosine'"),
        (lambda p: written(p, {"stages": stages(matcher=3)}), "matcher: expected a name, or a table"),
        (lambda p: written(p, {"stages": stages(encoder={"name": "hog_grid", "cells": -4})}), "hog_grid"),
        (lambda p: written(p, {"stages": stages(aligner={"name": "box", "size_px": 8000})}), "larger than the allowed"),
        (lambda p: written(p, {"stages": stages(encoder={"name": "lbp_histogram"})}), "is another one than when the"),
        (lambda p: written(p, {"preprocessing": ["clahe"]}), "preprocessing"),
        (lambda p: written(p, {"preprocessing": [{"name": "gamma", "gamma": 0.1}]}), "is another one than when the"),
        (lambda p: written(p, {"threshold": {**THRESHOLD, "value": "low"}}), "value = 'low': expected a number"),
        (lambda p: written(p, {"threshold": {**THRESHOLD, "fpir": 2.0}}), "fpir = 2.0: expected a number from 0 to 1"),
        (lambda p: written(p, {"threshold": {"value": 1.0}}), "lacks the setting"),
        (lambda p: written(p, {"files": {"absent.onnx": "00"}}), "needs the file absent.onnx, which is not there"),
        (lambda p: written(p, extra=np.zeros(1, FLOATS)), "expected the tensors pattern, person, vectors, got"),
        (lambda p: written(p, vectors=np.full((5, 4), np.nan, FLOATS)), "vectors: 20 of 20 values are not finite"),
        (lambda p: written(p, vectors=np.zeros((5, 4))), "vectors: expected float32, got float64"),
        (lambda p: written(p, person=ONES[:4]), r"person: expected shape \(5\), got \(4,\)"),
        (lambda p: written(p, person=ONES * 9), "its people and their images do not go together"),
        (lambda p: written(p, person=-ONES), "its people and their images do not go together"),
        (lambda p: written(p, pattern=np.zeros(4, FLOATS)), "pattern: expected shape"),
        (lambda p: written(p, **{"encoder.mean": np.zeros(4, FLOATS)}), "learns nothing, and tensors are given"),
    ],
)
def test_hostile_files_are_refused_in_one_line(path: Path, change: Callable[[Path], Path], message: str) -> None:
    with pytest.raises(UserError, match=message) as refused:
        system_file.load(change(path))
    assert "\n" not in str(refused.value) and "hog" in str(refused.value)


def test_other_weights_are_refused(path: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"these")
    files = {"files": {str(weights): file_digest(weights)}}
    system_file.load(written(path, files))
    weights.write_bytes(b"those")
    with pytest.raises(UserError, match="weights.bin is not the file that it was made with"):
        system_file.load(path)


def test_nothing_in_the_file_is_code(path: Path) -> None:
    header = path if path.exists() else written(path)
    raw = header.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    metadata = json.loads(raw[8 : 8 + length])["__metadata__"]
    assert list(metadata) == ["model"] and json.loads(metadata["model"])["name"] == "system"
