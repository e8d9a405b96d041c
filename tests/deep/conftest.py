"""What the trainings of detectors share: a toy set that is learned in seconds."""

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages

PICTURES, SIDE = 22, 80


@pytest.fixture(scope="session")
def squares() -> Dataset:
    """Bright squares with five points each, one in every picture, on noise."""
    rng = np.random.default_rng(2)
    images, faces = [], []
    for _ in range(PICTURES):
        picture = rng.integers(0, 120, (SIDE, SIDE, 3))
        x, y, side = (int(v) for v in rng.integers([0, 0, 24], [40, 40, 40]))
        picture[y : y + side, x : x + side] += 120
        points = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.75], [0.65, 0.75]]) * side + [x, y]
        images.append(picture.astype(np.uint8))
        faces.append(Faces(np.array([[x, y, x + side, y + side]]), np.ones(1), points[None]))
    return Dataset("squares", ArrayImages(images, tuple(map(str, range(PICTURES)))), faces=tuple(faces))


@pytest.fixture
def only_squares(squares: Dataset, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Every data set that is asked for is the toy set."""
    real = plugins.build
    monkeypatch.setattr(plugins, "build", lambda kind, *a, **k: squares if kind == "dataset" else real(kind, *a, **k))
    return squares


class DlibFile:
    """Writes a network as dlib does: what each layer holds goes behind those below it, its version before them."""

    def __init__(self, size_px: int, mean: tuple[float, float, float]) -> None:
        self.versions: list[int] = []
        name = b"input_rgb_image_sized"
        self.held = whole(len(name)) + name + b"".join(map(real, mean)) + whole(size_px) * 2
        self.first_version = whole(3)

    def layer(self, name: str, content: bytes) -> None:
        empty = whole(2) + whole(0) * 4
        first = not self.versions
        self.held += whole(len(name)) + name.encode() + content + b"110" + empty * 3 + (whole(1) if first else b"")
        self.versions.append(2)

    def con(self, filters: np.ndarray, bias: np.ndarray, stride: int, padding: int) -> None:
        n, _, side, _ = filters.shape
        numbers = np.concatenate([filters.ravel(), bias])
        sizes = b"".join(map(whole, (n, side, side, stride, stride, padding, padding)))
        views = view(*filters.shape) + view(1, n, 1, 1)
        self.layer("con_4", tensor(numbers, len(numbers), 1, 1, 1) + sizes + views + real(1.0) * 3 + real(0.0))

    def affine(self, scale: np.ndarray, shift: np.ndarray) -> None:
        n = len(scale)
        numbers = tensor(np.concatenate([scale, shift]), 2 * n, 1, 1, 1)
        self.layer("affine_", numbers + view(1, n, 1, 1) * 2 + whole(0))

    def pool(self, name: str, *sizes: int) -> None:
        self.layer(f"{name}_pool_2", b"".join(map(whole, sizes)))

    def fc(self, matrix: np.ndarray) -> None:
        inputs, outputs = matrix.shape
        held = whole(outputs) + whole(inputs) + tensor(matrix, inputs, outputs, 1, 1)
        views = view(inputs, outputs, 1, 1) + view(0, 0, 0, 0)
        self.layer("fc_2", held + views + whole(1) + real(1.0) * 3 + real(0.0))

    def tag(self) -> None:
        self.versions.append(1)

    def content(self) -> bytes:
        name = b"loss_metric_2"
        loss = whole(1) + whole(len(name)) + name + real(0.04) + real(0.6)
        return loss + b"".join(map(whole, self.versions[:0:-1])) + self.first_version + self.held


def whole(value: int) -> bytes:
    count = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([count | (128 if value < 0 else 0)]) + abs(value).to_bytes(count, "little")


def real(value: float) -> bytes:
    mantissa, exponent = np.frexp(value)
    return whole(int(mantissa * 2**53)) + whole(int(exponent) - 53)


def view(*shape: int) -> bytes:
    return whole(1) + b"".join(map(whole, shape))


def tensor(numbers: np.ndarray, *shape: int) -> bytes:
    return whole(2) + b"".join(map(whole, shape)) + numbers.astype("<f4").tobytes()


@pytest.fixture
def dlib_file() -> type[DlibFile]:
    return DlibFile
