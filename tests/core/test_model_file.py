"""Model files: what is written comes back, and nothing else is loaded."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from eigen2arc.core import model_file
from eigen2arc.core.errors import UserError

SHAPES = {"mean": "D", "axes": "K D"}
TENSORS = {"mean": np.arange(4, dtype=np.float32), "axes": np.eye(3, 4, dtype=np.float32)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "model.safetensors"


def test_settings_and_tensors_come_back(path: Path) -> None:
    model_file.save(path, "thing", {"components": 3, "most": None}, TENSORS)
    settings, tensors = model_file.load(path, "thing", SHAPES)
    assert settings == {"components": 3, "most": None}
    assert set(tensors) == set(TENSORS)
    for key, value in TENSORS.items():
        np.testing.assert_array_equal(tensors[key], value)


def test_a_transposed_tensor_is_stored_as_it_is_seen(path: Path) -> None:
    axes = np.arange(12, dtype=np.float32).reshape(4, 3).T
    model_file.save(path, "thing", {}, {"mean": TENSORS["mean"], "axes": axes})
    np.testing.assert_array_equal(model_file.load(path, "thing", SHAPES)[1]["axes"], axes)


def test_the_same_model_gives_the_same_bytes(path: Path) -> None:
    model_file.save(path, "thing", {"b": 1, "a": 2}, TENSORS)
    first = path.read_bytes()
    model_file.save(path, "thing", {"a": 2, "b": 1}, dict(reversed(TENSORS.items())))
    assert path.read_bytes() == first


def test_a_failed_write_leaves_the_old_file(path: Path) -> None:
    model_file.save(path, "thing", {}, TENSORS)
    with pytest.raises(ValueError):
        model_file.save(path, "thing", {"rate": float("nan")}, TENSORS)
    model_file.load(path, "thing", SHAPES)
    assert [p.name for p in path.parent.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps({"mean": [1, 2]}), "is not a safetensors file"),
        (b"", "is not a safetensors file"),
        (b"PK\x03\x04" + bytes(60), "is not a safetensors file"),
    ],
    ids=["pickle", "empty", "zip"],
)
def test_other_files_are_refused(path: Path, content: bytes, message: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{path.name}: {message}"):
        model_file.load(path, "thing", SHAPES)


def test_a_cut_off_file_is_refused(path: Path) -> None:
    model_file.save(path, "thing", {}, TENSORS)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(UserError, match="is not a safetensors file"):
        model_file.load(path, "thing", SHAPES)


def test_missing_file_and_folder(path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        model_file.load(path, "thing", SHAPES)
    with pytest.raises(UserError, match="cannot be read"):
        model_file.load(path.parent.parent, "thing", SHAPES)


def test_models_of_other_plugins_are_refused(path: Path) -> None:
    model_file.save(path, "thing", {}, TENSORS)
    with pytest.raises(UserError, match="holds a model of 'thing', not of 'another'"):
        model_file.load(path, "another", SHAPES)


@pytest.mark.parametrize("metadata", [None, {"model": "resnet"}, {"model": "[]"}, {"model": '{"format": "2"}'}])
def test_safetensors_of_others_are_refused(path: Path, metadata: dict[str, str] | None) -> None:
    path.parent.mkdir()
    save_file(TENSORS, path, metadata)
    with pytest.raises(UserError, match="is not a model written by"):
        model_file.load(path, "thing", SHAPES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"axes": np.eye(3, 5, dtype=np.float32)}, r"axes: expected shape \(K, 4\), got \(3, 5\)"),
        ({"mean": np.zeros((2, 2), np.float32)}, r"mean: expected shape \(D\), got \(2, 2\)"),
        ({"mean": np.zeros(4)}, "mean: expected float32, got float64"),
        ({"mean": np.float32([0, np.nan, 0, 0])}, "mean: 1 of 4 values are not finite"),
        ({"extra": np.zeros(1, np.float32)}, "expected the tensors axes, mean, got axes, extra, mean"),
    ],
    ids=["width", "dimensions", "dtype", "nan", "extra"],
)
def test_wrong_tensors_are_refused(path: Path, change: dict[str, np.ndarray], message: str) -> None:
    model_file.save(path, "thing", {}, TENSORS | change)
    with pytest.raises(UserError, match=message):
        model_file.load(path, "thing", SHAPES)


def test_whole_numbers_are_stored_where_they_are_expected(path: Path) -> None:
    model_file.save(path, "thing", {}, {"children": np.arange(3, dtype=np.int32)})
    _, tensors = model_file.read(path, "thing")
    model_file.check_tensors(path, tensors, {"children": "M"}, ("children",))
    with pytest.raises(UserError, match="children: expected float32, got int32"):
        model_file.check_tensors(path, tensors, {"children": "M"})
