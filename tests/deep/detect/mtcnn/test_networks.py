"""MTCNN's networks against the package that the weights come from; files that are no weights are refused."""

import pickle
import warnings
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from eigen2arc.core.errors import UserError
from eigen2arc.deep.detect.mtcnn.networks import load_networks, prelu_max_pool

CPU = torch.device("cpu")

with warnings.catch_warnings():
    # Its import calls torch.load without weights_only, about which some versions of torch warn.
    warnings.filterwarnings("ignore", category=FutureWarning, module="facenet_pytorch")
    from facenet_pytorch.models import mtcnn as peer


@pytest.mark.parametrize(("name", "size"), [("PNet", (31, 44)), ("RNet", (24, 24)), ("ONet", (48, 48))])
def test_outputs_equal_the_package_of_the_weights(name: str, size: tuple[int, int]) -> None:
    x = torch.rand((5, 3, *size), generator=torch.Generator().manual_seed(2)) * 2 - 1
    with torch.inference_mode():
        probability, *rest = getattr(load_networks(None, CPU), name.lower())(x)
        *peer_rest, peer_probability = getattr(peer, name)()(x)
    torch.testing.assert_close(probability, peer_probability[:, 1], atol=1e-5, rtol=1e-5)
    for ours, theirs in zip(rest, peer_rest, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("shape", [(3, 5, 9, 8), (1, 10, 8, 11), (2, 4, 3, 3)])
def test_prelu_and_pooling_in_one_pass_equal_torchs_two(shape: tuple[int, ...], kernel: int) -> None:
    random = torch.Generator().manual_seed(3)
    x, slope = torch.randn(shape, generator=random), torch.randn(shape[1], generator=random)
    with torch.inference_mode():
        ours = prelu_max_pool(x, slope, kernel)
        assert torch.equal(ours, F.max_pool2d(F.prelu(x, slope), kernel, 2, ceil_mode=True))
        assert torch.equal(prelu_max_pool(x.to(memory_format=torch.channels_last), slope, kernel), ours)


def test_gradients_flow_through_prelu_and_pooling() -> None:
    x = torch.randn((1, 2, 6, 6), generator=torch.Generator().manual_seed(1), requires_grad=True)
    slope = torch.tensor([-0.5, 0.25], requires_grad=True)
    prelu_max_pool(x, slope, 2).sum().backward()
    assert x.grad is not None and slope.grad is not None and slope.grad.abs().sum() > 0


def copy_weights(folder: Path) -> None:
    for name, network in load_networks(None, CPU)._asdict().items():
        torch.save(network.state_dict(), folder / f"{name}.pt")


def test_weights_of_a_folder_are_taken(tmp_path: Path) -> None:
    copy_weights(tmp_path)
    state = torch.load(tmp_path / "rnet.pt", weights_only=True)
    state["dense5_1.bias"] += 1
    torch.save(state, tmp_path / "rnet.pt")
    assert torch.equal(load_networks(tmp_path, CPU).rnet.dense5_1.bias, state["dense5_1.bias"])


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"pnet\.pt: cannot be read \(No such file"):
        load_networks(tmp_path, CPU)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    copy_weights(tmp_path)
    state = torch.load(tmp_path / "onet.pt", weights_only=True)
    torch.save(state | {"dense6_3.bias": torch.zeros(136)}, tmp_path / "onet.pt")
    with pytest.raises(UserError, match=r"onet\.pt: dense6_3\.bias: expected shape \(10,\), got \(136,\)"):
        load_networks(tmp_path, CPU)
    torch.save({k: v for k, v in state.items() if k != "conv1.bias"}, tmp_path / "onet.pt")
    with pytest.raises(UserError, match=r"onet\.pt: lacks conv1\.bias"):
        load_networks(tmp_path, CPU)


class Bomb:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("writer", [pickle.dump, torch.save])
def test_a_pickle_in_place_of_the_weights_is_refused_and_not_run(tmp_path: Path, writer: object) -> None:
    copy_weights(tmp_path)
    with (tmp_path / "pnet.pt").open("wb") as file:
        writer(Bomb(tmp_path / "run"), file)  # type: ignore[operator]
    with pytest.raises(UserError, match=r"pnet\.pt: is not a file of plain tensors"):
        load_networks(tmp_path, CPU)
    assert not (tmp_path / "run").exists()


def test_what_is_no_state_dict_is_refused(tmp_path: Path) -> None:
    torch.save(torch.zeros(3), tmp_path / "pnet.pt")
    with pytest.raises(UserError, match="expected a state dict, names and plain tensors; got Tensor"):
        load_networks(tmp_path, CPU)
    (tmp_path / "pnet.pt").write_bytes(b"not a file of tensors")
    with pytest.raises(UserError, match="not a file of plain tensors"):
        load_networks(tmp_path, CPU)
