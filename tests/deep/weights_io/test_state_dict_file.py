"""Others' state dicts are read as plain tensors; whatever else a file is, one line says so."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io.state_dict_file import read_state_dict, read_tensors


def test_names_lose_the_wrappers_word(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save({"epoch": 3, "state_dict": {"module.a": torch.ones(2)}}, path)
    assert read_state_dict(path)["a"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"epoch": 1, "model": {"a": torch.ones(1)}, "args": "x"}, "got dict with epoch, model, args"),
        ({f"k{i}": i for i in range(9)}, "dict with k0, k1, k2, k3, k4, k5, ... .9 in all."),
        ([torch.ones(1)], "got list"),
        ({"a": torch.eye(3).to_sparse()}, "plain tensors; got dict with a"),
        ({"a": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}, "plain tensors; got dict with a"),
        ({"a": torch.ones(2, device="meta")}, "plain tensors; got dict with a"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of torch, when it writes these
def test_what_is_no_state_dict_is_told(tmp_path: Path, value: Any, said: str) -> None:
    path = tmp_path / "w.pth"
    torch.save(value, path)
    with pytest.raises(UserError, match=rf"w\.pth: expected a state dict, .*({said})"):
        read_state_dict(path)


def test_tensors_are_found_however_deep_they_lie(tmp_path: Path) -> None:
    path, a, b = tmp_path / "w.pth", torch.ones(2), torch.zeros(3)
    torch.save({"epoch": 1, "net": {"module": {"a": a}}, "optimizer": {"state": {0: b}, "groups": [1]}, "x": {}}, path)
    tensors, others = read_tensors(path)
    assert list(tensors) == ["net.module.a", "optimizer.state.0"] and others == ["epoch", "x"]
    assert tensors["net.module.a"].tolist() == [1, 1]
    torch.save({"epoch": 1}, path)
    with pytest.raises(UserError, match=r"w\.pth: expected a state dict, .* got dict with epoch"):
        read_tensors(path)


def test_an_object_among_the_tensors_is_named_and_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save({"state_dict": {"a": torch.ones(1)}, "kept": zipfile.ZipInfo("b")}, path)
    with pytest.raises(
        UserError, match=r"is not a file of plain tensors: it holds a zipfile\.ZipInfo, .* state_dict\(\)"
    ):
        read_tensors(path)


def test_a_zip_that_becomes_larger_is_not_unpacked(tmp_path: Path) -> None:
    whole, bomb = io.BytesIO(), tmp_path / "w.pth"
    torch.save({"a": torch.zeros(1_000_000)}, whole)
    with zipfile.ZipFile(whole) as there, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        for name in there.namelist():
            made.writestr(name, there.read(name))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(UserError, match=r"w\.pth: is not a file of plain tensors .*compressed"):
        read_state_dict(bomb)


def test_damaged_files_are_one_line(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "w.pth"
    wholes = []
    for legacy in (False, True):
        torch.save({"a": torch.ones(3), "b": torch.zeros(2, 2)}, path, _use_new_zipfile_serialization=not legacy)
        wholes.append(path.read_bytes())
    wholes.append(pickle.dumps({"a": [1.0]}))
    for number in range(90):
        content = bytearray(wholes[number % 3])
        for position in rng.integers(0, len(content), rng.integers(0, 5)):
            content[position] = rng.integers(256)
        path.write_bytes(content[: rng.integers(1, len(content) + 1)])
        try:
            read_state_dict(path)
        except UserError as error:
            assert "w.pth: " in str(error) and "\n" not in str(error)
