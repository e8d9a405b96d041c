"""An exported file gives torch's vectors from the clients that people load it with, each fed in its own way.

InsightFace's finds out what to feed, the others are told. Those that are not installed are skipped.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from eigen2arc.core import build
from eigen2arc.deep.deploy.onnx_export import Input, export, probe_crops
from eigen2arc.deep.encode.network.backbone import Backbone, embed
from eigen2arc.deep.weights_io import checkpoint

SIDE = 112


def opencv(path: Path, crops: np.ndarray, wanted: Input) -> np.ndarray:
    network = cv2.dnn.readNetFromONNX(str(path))
    mean, scale = ((0.0,) * 3, 1.0) if wanted == "raw" else ((127.5,) * 3, 1 / 127.5)
    vectors = []
    for crop in crops:
        network.setInput(cv2.dnn.blobFromImage(crop, scale, (SIDE, SIDE), mean))
        vectors.append(network.forward()[0])
    return np.stack(vectors)


def openvino(path: Path, crops: np.ndarray, wanted: Input) -> np.ndarray:
    runtime = pytest.importorskip("openvino")
    network = runtime.Core().compile_model(str(path), "CPU")
    rgb = crops.transpose(0, 3, 1, 2).astype(np.float32)
    return np.asarray(network([rgb if wanted == "raw" else (rgb - 127.5) / 127.5])[0])


def insightface(path: Path, crops: np.ndarray, wanted: Input) -> np.ndarray:
    zoo = pytest.importorskip("insightface.model_zoo")
    client = zoo.ArcFaceONNX(str(path))
    return np.asarray(client.get_feat([crop[..., ::-1] for crop in crops]))


def uniface(path: Path, crops: np.ndarray, wanted: Input) -> np.ndarray:
    base = pytest.importorskip("uniface.recognition.base")

    class Recognizer(base.BaseRecognizer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            mean, std = (0.0, 1.0) if wanted == "raw" else (127.5, 127.5)
            settings = base.PreprocessConfig(mean, std, (SIDE, SIDE))
            super().__init__(model_path=str(path), preprocessing=settings, providers=["CPUExecutionProvider"])

    client = Recognizer()
    return np.concatenate([client.get_embedding(crop[..., ::-1].copy()) for crop in crops])


@pytest.fixture(scope="module", params=["raw", "normalised"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Input, Backbone]:
    """A file, what it takes, and the backbone that it was exported from."""
    folder, wanted = tmp_path_factory.mktemp("exported"), request.param
    torch.manual_seed(3)
    settings = {"size_px": SIDE, "width": 0.25}
    backbone = build("backbone", "mobilefacenet", embedding_size=16, **settings).eval()
    described = {"backbone": "mobilefacenet", "backbone_settings": settings, "embedding_size": 16}
    checkpoint.save(folder / "best.safetensors", backbone.state_dict(), {"settings": described})
    export(folder / "best.safetensors", folder / "net.onnx", wanted=wanted)
    return folder / "net.onnx", wanted, backbone


@pytest.mark.slow
@pytest.mark.parametrize("client", [opencv, openvino, insightface, uniface])
def test_vectors_are_torchs(
    exported: tuple[Path, Input, Backbone], client: Callable[[Path, np.ndarray, Input], np.ndarray]
) -> None:
    path, wanted, backbone = exported
    crops = probe_crops(SIDE)
    got = torch.from_numpy(client(path, crops, wanted))
    assert torch.cosine_similarity(got, torch.from_numpy(embed(backbone, crops, torch.device("cpu")))).min() >= 0.9999
