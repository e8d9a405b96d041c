"""Others' networks, written out plainly under their key names: imported, they give the same embeddings."""

import argparse
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.deploy.weights_import import import_weights
from eigen2arc.deep.weights_io import checkpoint

D = 24


class Unit(nn.Module):
    """Their residual unit."""

    def __init__(self, a: int, b: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.bn2, self.bn3 = nn.BatchNorm2d(a), nn.BatchNorm2d(b), nn.BatchNorm2d(b)
        self.conv1 = nn.Conv2d(a, b, 3, 1, 1, bias=False)
        self.conv2 = nn.Conv2d(b, b, 3, stride, 1, bias=False)
        self.prelu = nn.PReLU(b)
        if stride == 2:
            self.downsample = nn.Sequential(nn.Conv2d(a, b, 1, 2, bias=False), nn.BatchNorm2d(b))

    def forward(self, x: Tensor) -> Tensor:
        y = nn.Sequential(self.bn1, self.conv1, self.bn2, self.prelu, self.conv2, self.bn3)(x)
        return y + (self.downsample(x) if hasattr(self, "downsample") else x)


class TheirIResNet(nn.Module):
    def __init__(self, blocks: tuple[int, ...], size_px: int) -> None:
        super().__init__()
        self.conv1, self.bn1, self.prelu = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64)
        widths = (64, 64, 128, 256, 512)
        for i, n in enumerate(blocks):
            a, b = widths[i], widths[i + 1]
            setattr(self, f"layer{i + 1}", nn.Sequential(*(Unit(b if k else a, b, 1 if k else 2) for k in range(n))))
        self.bn2 = nn.BatchNorm2d(512)
        self.fc = nn.Linear(512 * (size_px // 16) ** 2, D)
        self.features = nn.BatchNorm1d(D)

    def forward(self, x: Tensor) -> Tensor:
        x = self.prelu(self.bn1(self.conv1(x)))
        x = self.bn2(self.layer4(self.layer3(self.layer2(self.layer1(x)))))
        return self.features(self.fc(torch.flatten(x, 1)))


class Listed(nn.Module):
    """Layers in a row under the name "layers", added to what came in or not."""

    def __init__(self, *layers: nn.Module, residual: bool = False) -> None:
        super().__init__()
        self.layers, self.residual = nn.Sequential(*layers), residual

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


def conv(a: int, b: int, k: int = 1, s: int = 1, p: int = 0, g: int = 1, act: bool = True) -> Listed:
    return Listed(nn.Conv2d(a, b, k, s, p, groups=g, bias=False), nn.BatchNorm2d(b), *([nn.PReLU(b)] if act else []))


def depth_wise(a: int, b: int, wide: int, s: int, residual: bool = False) -> Listed:
    return Listed(conv(a, wide), conv(wide, wide, 3, s, 1, wide), conv(wide, b, act=False), residual=residual)


def repeated(c: int, n: int, wide: int) -> Listed:
    return Listed(*(depth_wise(c, c, wide, 1, residual=True) for _ in range(n)))


class TheirMobileFaceNet(nn.Module):
    """get_mbf: blocks (1, 4, 6, 2), scale 2."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            conv(3, 128, 3, 2, 1),
            conv(128, 128, 3, 1, 1, 64),
            depth_wise(128, 128, 128, 2),
            repeated(128, 4, 128),
            depth_wise(128, 256, 256, 2),
            repeated(256, 6, 256),
            depth_wise(256, 256, 512, 2),
            repeated(256, 2, 256),
        )
        self.conv_sep = conv(256, 512)
        gdc = conv(512, 512, side, 1, 0, 512, act=False)
        self.features = Listed(gdc, nn.Flatten(), nn.Linear(512, D, bias=False), nn.BatchNorm1d(D))

    def forward(self, x: Tensor) -> Tensor:
        return self.features(self.conv_sep(self.layers(x)))


class Added(nn.Sequential):
    """Layers in a row, added to what came in."""

    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


def named(cls: type[nn.Sequential] = nn.Sequential, **layers: nn.Module) -> nn.Sequential:
    return cls(OrderedDict(layers))


def block(a: int, b: int, k: int = 1, s: int = 1, p: int = 0, g: int = 1, act: bool = True) -> nn.Sequential:
    last = {"prelu": nn.PReLU(b)} if act else {}
    return named(conv=nn.Conv2d(a, b, k, s, p, groups=g, bias=False), bn=nn.BatchNorm2d(b), **last)


def projected(a: int, b: int, wide: int, s: int = 1) -> nn.Sequential:
    cls = Added if s == 1 else nn.Sequential
    layers = {"conv": block(a, wide), "conv_dw": block(wide, wide, 3, s, 1, wide), "project": block(wide, b, act=False)}
    return named(cls, **layers)


def conv_named(side: int) -> nn.Sequential:
    """InsightFace_Pytorch's MobileFaceNet."""

    def repeated(c: int, n: int, wide: int) -> nn.Sequential:
        return named(model=nn.Sequential(*(projected(c, c, wide) for _ in range(n))))

    return named(
        conv1=block(3, 64, 3, 2, 1),
        conv2_dw=block(64, 64, 3, 1, 1, 64),
        conv_23=projected(64, 64, 128, 2),
        conv_3=repeated(64, 4, 128),
        conv_34=projected(64, 128, 256, 2),
        conv_4=repeated(128, 6, 256),
        conv_45=projected(128, 128, 512, 2),
        conv_5=repeated(128, 2, 256),
        conv_6_sep=block(128, 512),
        conv_6_dw=block(512, 512, side, 1, 0, 512, act=False),
        conv_6_flatten=nn.Flatten(),
        linear=nn.Linear(512, D, bias=False),
        bn=nn.BatchNorm1d(D),
    )


def block_named(side: int, width: int = 0) -> nn.Sequential:
    """Face_Pytorch's MobileFaceNet; width : of its last map, where that is not square."""

    def flat(a: int, b: int, wide: int, s: int) -> nn.Sequential:
        parts = block(a, wide), block(wide, wide, 3, s, 1, wide), block(wide, b, act=False)
        layers = nn.Sequential(*(layer for part in parts for layer in part))
        return named(Added if s == 1 and a == b else nn.Sequential, conv=layers)

    sides = [(64, 64, 2, 2), *[(64, 64, 2, 1)] * 4, (64, 128, 4, 2), *[(128, 128, 2, 1)] * 6]
    sides += [(128, 128, 4, 2), *[(128, 128, 2, 1)] * 2]
    last = nn.Conv2d(512, 512, (side, width or side), groups=512, bias=False)
    return named(
        conv1=block(3, 64, 3, 2, 1),
        dw_conv1=block(64, 64, 3, 1, 1, 64),
        blocks=nn.Sequential(*(flat(a, b, t * a, s) for a, b, t, s in sides)),
        conv2=block(128, 512),
        linear7=named(conv=last, bn=nn.BatchNorm2d(512)),
        linear1=block(512, D, act=False),
        flat=nn.Flatten(),
    )


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "iresnet": lambda: TheirIResNet((2, 2, 2, 2), 32),
    "mobilefacenet": lambda: TheirMobileFaceNet(2),
    "conv named": lambda: conv_named(2),
    "block named": lambda: block_named(2),
}


def their_network(name: str) -> nn.Module:
    """With random weights, and statistics as after one batch, changed a little."""
    torch.manual_seed(5)
    network = NETWORKS[name]()
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = None
    network(torch.rand(8, 3, 32, 32) * 2 - 1)
    for module in network.modules():
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.PReLU)):
            for tensor in module.state_dict().values():
                if tensor.is_floating_point():
                    tensor.mul_(torch.empty_like(tensor).uniform_(0.8, 1.2))
                    tensor.add_(torch.empty_like(tensor).uniform_(0, 0.1))
    return network.eval()


CASES: dict[str, dict[str, Any]] = {"iresnet": {"layers": 18, "size_px": 32}, "mobilefacenet": {"size_px": 32}}


@pytest.mark.parametrize("wrapper", ["", "module."])
@pytest.mark.parametrize("name", CASES)
def test_embeddings_are_theirs(tmp_path: Path, rng: np.random.Generator, name: str, wrapper: str) -> None:
    theirs, out = their_network(name), tmp_path / "ours.safetensors"
    torch.save({f"{wrapper}{key}": value for key, value in theirs.state_dict().items()}, tmp_path / "theirs.pt")
    import_weights(tmp_path / "theirs.pt", name, CASES[name], out, "as typed")
    crops = rng.integers(0, 256, (5, 32, 32, 3), np.uint8)
    with torch.no_grad():
        x = torch.from_numpy(crops.transpose(0, 3, 1, 2).astype(np.float32))
        wanted = theirs((x / 255 - 0.5) / 0.5).numpy()
    got = build("encoder", "embedding", weights=out, device="cpu").encode(crops)
    assert got.shape == (5, D) and np.ptp(wanted, axis=0).min() > 0.1
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)
    metadata = checkpoint.load(out)[1]
    sha256 = hashlib.sha256((tmp_path / "theirs.pt").read_bytes()).hexdigest()
    title = {"iresnet": "InsightFace's IResNet", "mobilefacenet": "InsightFace's MobileFaceNet"}[name]
    assert metadata["imported_from"] == {"file": "theirs.pt", "sha256": sha256, "network": title}
    assert metadata["command"] == "as typed"


@pytest.mark.parametrize("name", ["conv named", "block named"])
def test_networks_that_see_blue_first_are_turned(tmp_path: Path, rng: np.random.Generator, name: str) -> None:
    theirs, out = their_network(name), tmp_path / "ours.safetensors"
    torch.save(theirs.state_dict(), tmp_path / "theirs.pt")
    made = import_weights(tmp_path / "theirs.pt", "", {}, out)
    assert made.network.size_px == 32 and made.network.embedding_size == D and not made.took and not made.left
    crops = rng.integers(0, 256, (5, 32, 32, 3), np.uint8)
    with torch.no_grad():
        x = torch.from_numpy(crops[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32))
        wanted = theirs((x / 255 - 0.5) / 0.5).numpy()
    got = build("encoder", "embedding", weights=out, device="cpu").encode(crops)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


@pytest.mark.slow
def test_facenets_weights_are_taken_without_their_classes(tmp_path: Path, rng: np.random.Generator) -> None:
    from facenet_pytorch import InceptionResnetV1

    torch.manual_seed(0)
    theirs = InceptionResnetV1(pretrained=None, classify=True, num_classes=7).eval()
    torch.save(theirs.state_dict(), tmp_path / "theirs.pt")
    made = import_weights(tmp_path / "theirs.pt", "", {}, tmp_path / "ours.safetensors")
    assert made.origin.backbone == "inception_resnet" and made.left == ["logits (2 tensors)"]
    theirs.classify = False
    crops = rng.integers(0, 256, (2, 160, 160, 3), np.uint8)
    with torch.no_grad():
        wanted = theirs((torch.from_numpy(crops.transpose(0, 3, 1, 2)).float() - 127.5) / 128).numpy()
    got = build("encoder", "embedding", weights=tmp_path / "ours.safetensors", device="cpu").encode(crops)
    np.testing.assert_allclose(got / np.linalg.norm(got, axis=1, keepdims=True), wanted, atol=1e-5)


#: What people save beside a network, around its state dict: and under which words it is then.
CHECKPOINTS: dict[str, tuple[Callable[[dict[str, Tensor]], Any], str, list[str]]] = {
    "alone": (lambda state: state, "", []),
    "wrapped for devices": (lambda state: {f"module.{name}": one for name, one in state.items()}, "module.", []),
    "net_state_dict": (
        lambda state: {"iters": 3, "net_state_dict": {f"module.{name}": one for name, one in state.items()}},
        "net_state_dict.module.",
        ["iters"],
    ),
    "arcface_torch's checkpoint": (
        lambda state: {
            "epoch": 1,
            "state_dict_backbone": state,
            "state_dict_softmax_fc": {"weight": torch.ones(3, D)},
            "state_optimizer": {"state": {0: {"momentum_buffer": torch.ones(2)}}, "param_groups": [{"lr": 0.1}]},
        },
        "state_dict_backbone.",
        ["state_dict_softmax_fc (1 tensor)", "state_optimizer (1 tensor)", "epoch"],
    ),
    "Lightning's": (
        lambda state: {
            "state_dict": {**{f"model.{name}": one for name, one in state.items()}, "head.kernel": torch.ones(D, 3)},
            "hyper_parameters": argparse.Namespace(arch="ir_18"),
            "callbacks": {},
        },
        "state_dict.model.",
        ["state_dict.head (1 tensor)", "hyper_parameters", "callbacks"],
    ),
    "of old torch": (
        lambda state: {name: one for name, one in state.items() if not name.endswith("num_batches_tracked")},
        "",
        [],
    ),
}


@pytest.mark.parametrize("kind", CHECKPOINTS)
def test_a_network_is_found_in_a_checkpoint(tmp_path: Path, kind: str) -> None:
    wrap, took, left = CHECKPOINTS[kind]
    state = their_network("conv named").state_dict()
    torch.save(wrap(state), tmp_path / "theirs.pt")
    made = import_weights(tmp_path / "theirs.pt", "", {}, tmp_path / "ours.safetensors")
    assert (made.origin.title, made.took, made.left) == ("InsightFace_Pytorch's MobileFaceNet", took, left)
    torch.testing.assert_close(made.network.state_dict()["layers.19.1.weight"], state["bn.weight"])


def test_a_network_for_crops_that_are_not_square_is_told(tmp_path: Path) -> None:
    torch.save({"net_state_dict": block_named(7, 6).state_dict()}, tmp_path / "theirs.pt")
    message = (
        r"theirs\.pt: Face_Pytorch's MobileFaceNet: takes crops of 112 x 96 pixels, and ours are square: make it ONNX"
    )
    with pytest.raises(UserError, match=message):
        import_weights(tmp_path / "theirs.pt", "", {}, tmp_path / "ours.safetensors")


def test_another_depth_is_told(tmp_path: Path) -> None:
    state = their_network("iresnet").state_dict()
    state["layer3.2.bn1.weight"] = torch.ones(3)
    torch.save(state, tmp_path / "theirs.pt")
    with pytest.raises(
        UserError, match=r"IResNet: its stages have 2, 2, 3, 2 blocks; those known have 18, 34, 50, 100"
    ):
        import_weights(tmp_path / "theirs.pt", "", {}, tmp_path / "ours.safetensors")


def saved(tmp_path: Path, **changes: Tensor | None) -> Path:
    """Their IResNet with some tensors changed, or left out where they are None."""
    state = {**their_network("iresnet").state_dict(), **{key.replace("__", "."): v for key, v in changes.items()}}
    torch.save({key: value for key, value in state.items() if value is not None}, tmp_path / "theirs.pt")
    return tmp_path / "theirs.pt"


@pytest.mark.parametrize(
    ("changes", "settings", "message"),
    [
        (
            {"layer3__1__bn2__bias": None},
            {},
            r"theirs\.pt: as InsightFace's IResNet: lacks layer3\.1\.bn2\.bias \(1 such\)",
        ),
        (
            {"features__weight": None},
            {},
            r"holds no network .*\. Found conv1\.weight, .*; expected .*: conv1\.weight and features\.weight",
        ),
        ({"layer5__weight": torch.ones(3)}, {}, r"has an unknown layer5\.weight \(1 such\); .* another network"),
        ({"prelu__weight": torch.ones(3)}, {}, r"prelu\.weight: expected shape \(64,\), got \(3,\)"),
        ({"prelu__weight": torch.full((64,), torch.nan)}, {}, r"theirs\.pt: prelu\.weight has values .* not finite"),
        ({}, {"layers": 34}, r"lacks layer1\.2\.bn1\.bias"),
        ({}, {"size_px": 48}, r"fc\.weight: expected shape \(24, 4608\), got \(24, 2048\)"),
        ({}, {"depth": 18}, "has no setting 'depth'"),
    ],
)
def test_another_network_is_refused(
    tmp_path: Path, changes: dict[str, Tensor | None], settings: dict[str, Any], message: str
) -> None:
    out = tmp_path / "ours.safetensors"
    with pytest.raises(UserError, match=message):
        import_weights(saved(tmp_path, **changes), "iresnet", {**CASES["iresnet"], **settings}, out)
    assert not out.exists()


def test_the_names_in_a_file_of_another_kind_are_told(tmp_path: Path) -> None:
    torch.save({f"backbone.stage{i}.w": torch.ones(1) for i in range(9)}, tmp_path / "theirs.pt")
    message = (
        r"theirs\.pt: holds no network that is known. Found backbone\.stage0\.w, .*stage3\.w, \.\.\. \(9 in all\); "
        r"expected InsightFace's MobileFaceNet: layers\.0\.layers\.0\.weight and features\.layers\.3\.weight; .*: "
    )
    with pytest.raises(UserError, match=message):
        import_weights(tmp_path / "theirs.pt", "mobilefacenet", {}, tmp_path / "a.safetensors")


def test_mobilefacenets_keys_are_named_as_theirs(tmp_path: Path) -> None:
    state = their_network("mobilefacenet").state_dict()
    del state["layers.5.layers.3.layers.1.layers.2.weight"]
    torch.save(state, tmp_path / "theirs.pt")
    with pytest.raises(UserError, match=r"lacks layers\.5\.layers\.3\.layers\.1\.layers\.2\.weight \(1 such\)"):
        import_weights(tmp_path / "theirs.pt", "mobilefacenet", CASES["mobilefacenet"], tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("backbone", "out", "message"),
    [
        (
            "resnet",
            "a.safetensors",
            "resnet cannot be imported: choose one of inception_resnet, iresnet, mobilefacenet",
        ),
        ("iresnet", "a.pt", r"a\.pt: weights are written as \.safetensors"),
        ("iresnet", "a.safetensors", r"none\.pt: cannot be read"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, backbone: str, out: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        import_weights(tmp_path / "none.pt", backbone, {}, tmp_path / out)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"conv1.weight": print}, tmp_path / "theirs.pt")
    with pytest.raises(UserError, match="is not a file of plain tensors"):
        import_weights(tmp_path / "theirs.pt", "iresnet", {}, tmp_path / "a.safetensors")
