"""FaceNet's input and its errors. (The weights themselves are a download that no test does.)"""

from pathlib import Path
from urllib.error import URLError

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.encode.encoders.facenet import FaceNet, weights_path


class Corner(nn.Module):
    """A network whose answer is its input's top left pixel, and the input's side."""

    embedding_size = 4

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x[:, :, 0, 0], torch.full((len(x), 1), float(x.shape[-1]))], dim=1)


@pytest.mark.parametrize("size_px", [100, 112, 160, 250])
def test_crops_are_scaled_to_160_pixels_and_to_its_range(rng: np.random.Generator, size_px: int) -> None:
    crops = rng.integers(0, 256, (3, size_px, size_px, 3), np.uint8)
    vectors = FaceNet(Corner(), torch.device("cpu")).encode(crops)
    how = cv2.INTER_AREA if size_px > 160 else cv2.INTER_LINEAR
    corners = np.array([cv2.resize(crop, (160, 160), interpolation=how)[0, 0] for crop in crops])
    np.testing.assert_allclose(vectors[:, :3], (corners - 127.5) / 128, rtol=1e-6)
    assert (vectors[:, 3] == 160).all()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of weights, and no network."""

    def no_network(*_args: object, **_kwargs: object) -> None:
        raise URLError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("facenet_pytorch.models.inception_resnet_v1.download_url_to_file", no_network)
    return tmp_path


def test_without_a_network_it_says_what_to_put_where(cache: Path) -> None:
    with pytest.raises(UserError, match=r"no network.*20180402-114759-vggface2\.pt into ") as error:
        build("encoder", "facenet")
    assert str(cache / "checkpoints") in str(error.value)


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 half a download"])
def test_a_damaged_file_is_named(cache: Path, content: bytes) -> None:
    path = weights_path("casia-webface")
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UserError, match="is damaged") as error:
        build("encoder", "facenet", weights="casia-webface")
    assert str(error.value).startswith(str(path))


def test_other_weights_are_refused() -> None:
    with pytest.raises(UserError, match="facenet: weights = 'ms1m': expected one of vggface2, casia-webface"):
        build("encoder", "facenet", weights="ms1m")
