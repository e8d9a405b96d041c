"""An exported network gives torch's vectors, from the encoder `onnx` as it comes; or else it is not written."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.deploy import onnx_export as export
from eigen2arc.deep.encode.encoders.embedding import trained_with
from eigen2arc.deep.encode.network.backbone import embed, network_input
from eigen2arc.deep.weights_io import checkpoint

CASES: dict[str, dict[str, Any]] = {
    "iresnet": {"size_px": 32, "layers": 18},
    "mobilefacenet": {"size_px": 48, "width": 0.25},
    "shufflenet": {"size_px": 40, "width": 0.5},
}


def weights(folder: Path, name: str) -> Path:
    """A file of random weights, with the statistics of one batch."""
    torch.manual_seed(1)
    backbone = build("backbone", name, embedding_size=12, **CASES[name])
    for module in backbone.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None  # the mean of all batches seen: of this one
    backbone(network_input(torch.from_numpy(export.probe_crops(backbone.size_px))))
    settings = {"backbone": name, "backbone_settings": CASES[name], "embedding_size": 12}
    checkpoint.save(folder / "best.safetensors", backbone.state_dict(), {"settings": settings})
    return folder / "best.safetensors"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path, float]]:
    """By name: weights, the file that they are exported to, and how far it is off; made once, as it takes seconds."""

    @cache
    def made(name: str) -> tuple[Path, Path, float]:
        folder = tmp_path_factory.mktemp(name)
        path, out = weights(folder, name), folder / "made" / "net.onnx"
        return path, out, export.export(path, out, "as typed")

    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_encoder_onnx_gives_the_vectors_of_the_encoder_embedding(
    exported: Callable[[str], tuple[Path, Path, float]], rng: np.random.Generator, name: str
) -> None:
    (path, out, error), side = exported(name), CASES[name]["size_px"]
    assert 0 < error < 1e-4
    crops = np.concatenate([export.probe_crops(side), rng.integers(0, 256, (1, side, side, 3), np.uint8)])
    wanted = build("encoder", "embedding", weights=path, device="cpu").encode(crops)
    got = build("encoder", "onnx", model=out, size_px=side).encode(crops)
    assert np.ptp(wanted, axis=0).min() > 0.1
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())
    assert [p.name for p in out.parent.iterdir()] == ["net.onnx"]


@pytest.mark.slow
def test_the_file_says_what_it_is(exported: Callable[[str], tuple[Path, Path, float]]) -> None:
    path, out, _ = exported("mobilefacenet")
    model = onnx.load(out)
    onnx.checker.check_model(model, full_check=True)
    metadata = {p.key: p.value for p in model.metadata_props}
    assert metadata["opset"] == "18" and [entry.version for entry in model.opset_import] == [18]
    assert metadata["command"] == "as typed" and metadata["weights_sha256"] == file_digest(path)
    assert "red, green, blue, pixels 0..255" in metadata["input"]
    read = build("encoder", "onnx", model=out, size_px=48)
    assert metadata["trained_with"] == read.trained_with == trained_with(path)  # type: ignore[attr-defined]
    shapes = [
        [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (model.graph.input[0], model.graph.output[0])
    ]
    assert shapes == [["n", 3, 48, 48], ["n", 12]]


@pytest.mark.slow
def test_what_takes_normalised_pixels_is_found_out(
    exported: Callable[[str], tuple[Path, Path, float]], tmp_path: Path
) -> None:
    path, out, _ = exported("mobilefacenet")
    export.export(path, tmp_path / "net.onnx", wanted="normalised")
    crops = export.probe_crops(48)
    raw, normalised = (build("encoder", "onnx", model=file, size_px=48) for file in (out, tmp_path / "net.onnx"))
    np.testing.assert_allclose(normalised.encode(crops), raw.encode(crops), rtol=1e-4, atol=1e-5)
    names = [[node.name for node in onnx.load(file).graph.node[:8]] for file in (out, tmp_path / "net.onnx")]
    assert names[0][:2] == ["Sub_mean", "Mul_scale"] and not any(name.startswith("Sub") for name in names[1])
    metadata = {p.key: p.value for p in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert "(pixel - 127.5) / 127.5" in metadata["input"]


@pytest.mark.slow
def test_normalisations_are_folded_into_the_convolutions(exported: Callable[[str], tuple[Path, Path, float]]) -> None:
    _, out, _ = exported("mobilefacenet")
    kinds = {node.op_type for node in onnx.load(out).graph.node}
    assert "BatchNormalization" not in kinds and "Conv" in kinds


@pytest.mark.slow
def test_a_file_that_differs_is_not_written(
    exported: Callable[[str], tuple[Path, Path, float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out, _ = exported("mobilefacenet")

    def another(backbone: Any, crops: np.ndarray, device: torch.device) -> np.ndarray:
        return embed(backbone, crops, device) * np.float32(1.001)

    monkeypatch.setattr(export, "embed", another)
    monkeypatch.setattr(export, "to_onnx", lambda backbone, wanted: onnx.load(out))
    with pytest.raises(UserError, match=r"not written: its vectors would differ from torch's by 1\.0e-03"):
        export.export(path, tmp_path / "net.onnx")
    assert not (tmp_path / "net.onnx").exists()


@pytest.mark.parametrize(
    ("out", "message"),
    [("net.pb", r"net\.pb: expected a name that ends in \.onnx"), ("net.onnx", "cannot be read|No such")],
)
def test_mistakes_are_told(tmp_path: Path, out: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        export.export(tmp_path / "none.safetensors", tmp_path / out)


@pytest.mark.parametrize("size_px", [32, 50])
def test_crops_to_compare_on_are_noise_and_smooth(size_px: int) -> None:
    crops = export.probe_crops(size_px).astype(float)
    step = np.abs(np.diff(crops, axis=1)).mean(axis=(1, 2, 3))
    assert crops.shape == (8, size_px, size_px, 3) and step[:4].min() > 70 and step[4:].max() < 40
