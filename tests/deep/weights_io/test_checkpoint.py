"""Weights come back as they were, and files of any other kind are refused in one line."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io import checkpoint


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def test_tensors_and_facts_come_back(tmp_path: Path) -> None:
    path, state = tmp_path / "w.safetensors", network().state_dict()
    checkpoint.save(path, state, {"step": 7})
    tensors, metadata = checkpoint.load(path)
    assert tensors.keys() == state.keys() and all(torch.equal(tensors[key], state[key]) for key in state)
    assert metadata == {"format": checkpoint.FORMAT, "step": 7} == json.loads((tmp_path / "w.json").read_text())


def test_half_precision_is_widened(tmp_path: Path) -> None:
    state = {key: t.half() if t.is_floating_point() else t for key, t in network().state_dict().items()}
    other = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    checkpoint.load_into(other, state, "w")
    assert other[0].weight.dtype == torch.float32
    torch.testing.assert_close(other[0].weight, network()[0].weight, rtol=1e-3, atol=1e-6)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    checkpoint.save(path, {"a": torch.ones(2)}, {})
    with pytest.raises(ValueError, match="a has values that are not finite"):
        checkpoint.save(path, {"a": torch.tensor([1.0, torch.nan])}, {})
    assert torch.equal(checkpoint.load(path)[0]["a"], torch.ones(2))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["w.json", "w.safetensors"]


class Trap:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


def test_a_file_that_happens_to_begin_like_a_pickle_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    for letters in range(0, 256, 8):  # the header's length, a multiple of 8, is what a file begins with
        checkpoint.save(path, {"a": torch.ones(2)}, {"word": "x" * letters})
        if path.read_bytes().startswith(checkpoint.PICKLES):
            break
    assert path.read_bytes()[0] == 0x80
    assert torch.equal(checkpoint.load(path)[0]["a"], torch.ones(2))


@pytest.mark.parametrize("writer", ["pickle", "torch"])
def test_a_pickle_is_refused_unopened(tmp_path: Path, writer: str) -> None:
    path, sprung = tmp_path / "w.safetensors", tmp_path / "sprung"
    if writer == "pickle":
        path.write_bytes(pickle.dumps(Trap(sprung)))
    else:
        torch.save(Trap(sprung), path)
    with pytest.raises(UserError, match="is a pickle, which can run code"):
        checkpoint.load(path)
    assert not sprung.exists()


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        checkpoint.load(tmp_path / "missing.safetensors")
    path = tmp_path / "w.safetensors"
    for content in (b"", b"text", b"\x08\0\0\0\0\0\0\0{"):
        path.write_bytes(content)
        with pytest.raises(UserError, match="is not a whole safetensors file"):
            checkpoint.load(path)
    checkpoint.save(path, {"a": torch.ones(100)}, {})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match="is not a whole safetensors file"):
        checkpoint.load(path)
    save_file({"a": torch.ones(2)}, path)
    with pytest.raises(UserError, match="expected weights of eigen2arc's format 1, got none"):
        checkpoint.load(path)


def test_what_does_not_fit_the_network_is_named() -> None:
    state = network().state_dict()
    for changed, message in (
        ({k: v for k, v in state.items() if k != "0.bias"}, r"w: lacks 0\.bias \(1 such\)"),
        ({**state, "2.weight": torch.ones(1)}, r"w: has an unknown 2\.weight"),
        ({**state, "0.bias": torch.ones(5)}, r"w: 0\.bias: expected shape \(4,\), got \(5,\)"),
        ({**state, "0.bias": torch.ones(4).int()}, r"w: 0\.bias: expected torch\.float32, got torch\.int32"),
    ):
        with pytest.raises(UserError, match=message):
            checkpoint.load_into(network(), changed, "w")


@pytest.mark.parametrize("said", ["[" * 100_000, "[]", "3", '{"format": [1]}', '{"format": true}', "7" * 5000, "{"])
def test_what_a_file_says_of_itself_is_checked(tmp_path: Path, said: str) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.ones(2)}, path, {"eigen2arc": said})
    with pytest.raises(UserError, match=r"w\.safetensors: ") as caught:
        checkpoint.load(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 8 * 10**12]},
        {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
        {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": "x", "data_offsets": [0, 8]},
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, entry: dict[str, object]) -> None:
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "w.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(UserError, match="is not a whole safetensors file"):
        checkpoint.load(path)
    path.write_bytes((10**15).to_bytes(8, "little") + header)
    with pytest.raises(UserError, match="is not a whole safetensors file"):
        checkpoint.load(path)
