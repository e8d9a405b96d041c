"""The networks with the public weights against the state dicts themselves, evaluated layer by layer."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import plugins
from eigen2arc.deep.detect.single_shot.inference.fusion import fuse
from eigen2arc.deep.detect.single_shot.networks.network import MEAN, load, make
from eigen2arc.deep.detect.single_shot.networks.public_weights import layer_names
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import read_state_dict

FILES = {"mobilenet0.25": "mobilenet0.25_Final.pth", "slim": "slim_Final.pth", "rfb": "RBF_Final.pth"}

State = dict[str, Tensor]


def conv(s: State, key: str, x: Tensor, stride: int = 1, dilation: int = 1) -> Tensor:
    """Same size, whatever the kernel; depthwise where the kernel has one channel."""
    weight = s[f"{key}.weight"]
    groups = x.shape[1] // weight.shape[1]
    padding = dilation * (weight.shape[2] // 2)
    return F.conv2d(x, weight, s.get(f"{key}.bias"), stride, padding, dilation, groups)


def norm(s: State, key: str, x: Tensor) -> Tensor:
    mean, var, weight, bias = (s[f"{key}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(x, mean, var, weight, bias)


def conv_bn(s: State, key: str, x: Tensor, stride: int = 1) -> Tensor:
    return norm(s, f"{key}.1", conv(s, f"{key}.0", x, stride))


def conv_dw(s: State, key: str, x: Tensor, stride: int = 1) -> Tensor:
    x = conv_bn(s, key, x, stride).relu()
    return norm(s, f"{key}.4", conv(s, f"{key}.3", x)).relu()


def depth_conv(s: State, key: str, x: Tensor, stride: int = 1) -> Tensor:
    return conv(s, f"{key}.2", conv(s, f"{key}.0", x, stride).relu())


def flat(x: Tensor, width: int) -> Tensor:
    return x.permute(0, 2, 3, 1).reshape(len(x), -1, width)


def retinaface(s: State, x: Tensor) -> list[Tensor]:
    maps = []
    for stage, strides in (("stage1", (2, 1, 2, 1, 2, 1)), ("stage2", (2, 1, 1, 1, 1, 1)), ("stage3", (2, 1))):
        for number, stride in enumerate(strides):
            key = f"body.{stage}.{number}"
            x = conv_bn(s, key, x, 2).relu() if key == "body.stage1.0" else conv_dw(s, key, x, stride)
        maps.append(x)
    p1, p2, p3 = (conv_bn(s, f"fpn.output{n}", m).relu() for n, m in enumerate(maps, start=1))
    p2 = conv_bn(s, "fpn.merge2", p2 + F.interpolate(p3, size=p2.shape[2:])).relu()
    p1 = conv_bn(s, "fpn.merge1", p1 + F.interpolate(p2, size=p1.shape[2:])).relu()
    contexts = []
    for n, p in enumerate((p1, p2, p3), start=1):
        five = conv_bn(s, f"ssh{n}.conv5X5_1", p).relu()
        seven = conv_bn(s, f"ssh{n}.conv7X7_2", five).relu()
        windows = (conv_bn(s, f"ssh{n}.conv3X3", p), conv_bn(s, f"ssh{n}.conv5X5_2", five))
        contexts.append(torch.cat([*windows, conv_bn(s, f"ssh{n}.conv7x7_3", seven)], dim=1).relu())
    return [
        torch.cat([flat(conv(s, f"{head}.{n}.conv1x1", c), width) for n, c in enumerate(contexts)], dim=1)
        for head, width in (("ClassHead", 2), ("BboxHead", 4), ("LandmarkHead", 10))
    ]


def rfb_block(s: State, x: Tensor) -> Tensor:
    def basic(key: str, x: Tensor, dilation: int = 1) -> Tensor:
        return norm(s, f"conv8.{key}.bn", conv(s, f"conv8.{key}.conv", x, dilation=dilation))

    near = basic("branch0.2", basic("branch0.1", basic("branch0.0", x)).relu(), 2)
    middle = basic("branch1.2", basic("branch1.1", basic("branch1.0", x)).relu(), 3)
    far = basic("branch2.2", basic("branch2.1", basic("branch2.0", x)).relu()).relu()
    merged = basic("ConvLinear", torch.cat([near, middle, basic("branch2.3", far, 5)], dim=1))
    return (merged + basic("shortcut", x)).relu()


def slim(s: State, x: Tensor) -> list[Tensor]:
    maps = []
    x = conv_bn(s, "conv1", x, 2).relu()
    for n in range(2, 14):
        if "conv8.ConvLinear.conv.weight" in s and n == 8:
            x = rfb_block(s, x)
        else:
            x = conv_dw(s, f"conv{n}", x, 2 if n in (3, 5, 9, 12) else 1)
        if n in (8, 11, 13):
            maps.append(x)
    maps.append(depth_conv(s, "conv14.2", conv(s, "conv14.0", x).relu(), 2).relu())
    return [
        torch.cat(
            [
                flat(depth_conv(s, f"{head}.{n}", m) if n < 3 else conv(s, f"{head}.3", m), width)
                for n, m in enumerate(maps)
            ],
            dim=1,
        )
        for head, width in (("conf", 2), ("loc", 4), ("landm", 10))
    ]


@pytest.mark.data
@pytest.mark.parametrize("variant", list(FILES))
@torch.inference_mode()
def test_outputs_equal_the_state_dict_evaluated_layer_by_layer(data_root: Path, variant: str) -> None:
    path = data_root.parent / "weights" / "retinaface" / FILES[variant]
    state = {k.removeprefix("module."): v for k, v in torch.load(path, map_location="cpu", weights_only=True).items()}
    pixels = np.random.default_rng(1).integers(0, 256, (2, 133, 170, 3)).astype(np.float32)
    bgr = torch.tensor(pixels[..., ::-1] - np.float32([104, 117, 123])).permute(0, 3, 1, 2)
    rgb = torch.tensor(pixels - np.float32(MEAN)).permute(0, 3, 1, 2)
    expected = (retinaface if variant == "mobilenet0.25" else slim)(state, bgr)
    network = load(path, variant)
    for got in (network(rgb), fuse(network, torch.device("cpu"))(rgb)):
        for a, b in zip(got, expected, strict=True):
            torch.testing.assert_close(a, b, atol=1e-4, rtol=0)


def theirs(tmp_path: Path, prefix: str = "") -> Path:
    """A file with the public names of a slim network, made from the names that are known of it."""
    torch.manual_seed(5)
    names = {ours: public for public, ours in layer_names("slim").items()}
    state = {}
    for key, tensor in make("slim").state_dict().items():
        layer, _, part = key.rpartition(".")
        state[f"{prefix}{names[layer]}.{part}"] = tensor
    path = tmp_path / "slim.pth"
    torch.save(state, path)
    return path


@pytest.mark.parametrize("variant", [name for name in plugins("detector_network") if layer_names(name)])
def test_every_layer_has_one_public_name(variant: str) -> None:
    layers = {key.rpartition(".")[0] for key in make(variant).state_dict()}
    if variant == "resnet50":  # the body's names are torchvision's on both sides
        layers = {name for name in layers if not name.startswith("body.")}
    assert sorted(layer_names(variant).values()) == sorted(layers)


@pytest.mark.parametrize("prefix", ["", "module."])
def test_red_comes_first_here(tmp_path: Path, prefix: str) -> None:
    path = theirs(tmp_path, prefix)
    network, state = load(path, "slim").state_dict(), read_state_dict(path)
    torch.testing.assert_close(network["stride8.0.conv.weight"], state["conv1.0.weight"].flip(1), rtol=0, atol=0)
    torch.testing.assert_close(network["heads.3.points.bias"], state["landm.3.bias"], rtol=0, atol=0)


def test_a_state_dict_among_other_things_is_found(tmp_path: Path) -> None:
    path = theirs(tmp_path)
    state = read_state_dict(path)
    torch.save({"epoch": 3, "state_dict": state}, path)
    assert read_state_dict(path).keys() == state.keys()


@pytest.mark.parametrize("variant", ["mobilenet0.25", "rfb"])
def test_weights_of_another_network_are_refused(tmp_path: Path, variant: str) -> None:
    with pytest.raises(UserError, match=r"slim\.pth: (lacks|has an unknown) .* was it made for another network\?"):
        load(theirs(tmp_path), variant)


def test_weights_of_another_shape_or_with_nan_are_refused(tmp_path: Path) -> None:
    path = theirs(tmp_path)
    state = read_state_dict(path)
    torch.save(state | {"conf.3.bias": torch.zeros(7)}, path)
    with pytest.raises(UserError, match=r"heads\.3\.logits\.bias: expected shape \(6,\), got \(7,\)"):
        load(path, "slim")
    state["conf.3.bias"][2] = torch.nan
    torch.save(state, path)
    with pytest.raises(UserError, match=r"heads\.3\.logits\.bias has values that are not finite"):
        load(path, "slim")


class Bomb:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("writer", [pickle.dump, torch.save])
def test_a_pickle_in_place_of_the_weights_is_refused_and_not_run(tmp_path: Path, writer: object) -> None:
    path = tmp_path / "weights.pth"
    with path.open("wb") as file:
        writer(Bomb(tmp_path / "run"), file)  # type: ignore[operator]
    with pytest.raises(UserError, match=r"weights\.pth: is not a file of plain tensors"):
        load(path, "slim")
    assert not (tmp_path / "run").exists()


def test_what_is_no_state_dict_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    for thing in (torch.zeros(3), {"a": 1}, [torch.zeros(3)]):
        torch.save(thing, path)
        with pytest.raises(UserError, match="expected a state dict, names and plain tensors"):
            load(path, "slim")
    with pytest.raises(UserError, match="cannot be read"):
        load(tmp_path / "missing.pth", "slim")


def test_our_own_file_comes_back(tmp_path: Path) -> None:
    torch.manual_seed(6)
    path, network = tmp_path / "rfb.safetensors", make("rfb")
    checkpoint.save(path, network.state_dict(), {"variant": "rfb"})
    for key, tensor in load(path, "rfb").state_dict().items():
        torch.testing.assert_close(tensor, network.state_dict()[key], rtol=0, atol=0)
    with pytest.raises(UserError, match="expected weights of the variant slim, got rfb"):
        load(path, "slim")
    with pytest.raises(UserError, match="no detector_network is called 'rbf': did you mean 'rfb'"):
        load(path, "rbf")


def test_a_variant_is_known_with_and_without_its_dot(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    for trained, used in (("mobilenet0.25", "mobilenet025"), ("mobilenet025_leaky", "mobilenet0.25_leaky")):
        checkpoint.save(path, make(trained).state_dict(), {"variant": trained})
        load(path, used)
    with pytest.raises(UserError, match="expected weights of the variant mobilenet0.25, got mobilenet025_leaky"):
        load(path, "mobilenet0.25")
