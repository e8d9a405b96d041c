"""What all tests share: one thread each, seeds, and the data root."""

import copy
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# Before numpy, numba and torch are loaded: two test workers share two cores.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pytest

try:
    from hypothesis import settings
except ModuleNotFoundError:  # where `make gpu-check` runs; the tests marked gpu do without it
    pass
else:
    settings.register_profile("eigen2arc", deadline=None, derandomize=True, max_examples=40)
    settings.load_profile("eigen2arc")


#: Seconds after which a slow test is stopped and shows where it hangs; setup.cfg has those of all others.
SLOW_TIMEOUT_S = 1800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, and say why; give what is slow more time."""
    # Two workers begin with a half each. Most of what numba compiles is in the last two folders: it is compiled once if
    # one worker begins with them, and the other comes to `compare` when that is done.
    folders = ("tests/classical", "tests/contracts", "tests/compare")
    items.sort(key=lambda item: [item.nodeid.startswith(folder) for folder in folders])
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT_S))
    for marker, reason in (("data", _no_data()), ("gpu", _no_gpu() if _any(items, "gpu") else "")):
        for item in items:
            # Not item.keywords, which has the names of its folders, too.
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def _any(items: list[pytest.Item], marker: str) -> bool:
    return any(item.get_closest_marker(marker) for item in items)


def _no_data() -> str:
    root = os.environ.get("EIGEN2ARC_DATA", "")
    if root and Path(root).is_dir():
        return ""
    missing = f"EIGEN2ARC_DATA={root!r} is not a folder" if root else "EIGEN2ARC_DATA is not set"
    return f"{missing}: no real sets to read"


def _no_gpu() -> str:
    import torch

    return "" if torch.cuda.is_available() else "torch finds no CUDA device"


@pytest.fixture
def data_root() -> Path:
    """The folder of real sets; only for tests that carry the marker ``data``."""
    return Path(os.environ["EIGEN2ARC_DATA"])


#: Values of other kinds, as files have them where a key should hold something else.
OTHER_VALUES = (None, True, -1, 10**400, 1.5, float("nan"), "x", [], [None], {}, {"x": []})


def mutations(value: Any) -> Iterator[Any]:
    """Yield copies of what JSON holds: each key or item is left out, and becomes a value of each other kind."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(min(len(value), 2)):
            shorter = copy.copy(value)
            del shorter[key]
            yield shorter
            for inner in (*OTHER_VALUES, *mutations(value[key])):
                changed = copy.copy(value)
                changed[key] = inner
                yield changed


@pytest.fixture(name="mutations", scope="session")
def mutations_fixture() -> Callable[[Any], Iterator[Any]]:
    return mutations


@pytest.fixture(scope="session")
def onnx_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small MobileFaceNet of random weights as a file, which takes seconds to write: copy it to change it."""
    import onnx
    import torch

    from eigen2arc.core.plugins import build
    from eigen2arc.deep.deploy.onnx_export import probe_crops, to_onnx
    from eigen2arc.deep.encode.network.backbone import network_input

    torch.manual_seed(1)
    backbone = build("backbone", "mobilefacenet", embedding_size=16, size_px=32, width=0.25)
    for module in backbone.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the statistics are those of the one batch
    backbone(network_input(torch.from_numpy(probe_crops(32))))
    path = tmp_path_factory.mktemp("onnx") / "float.onnx"
    onnx.save(to_onnx(backbone.eval()), path)
    return path


@pytest.fixture(scope="session")
def write_video() -> Callable[..., Path]:
    """A function that encodes images, uint8 RGB (H, W, 3), as a video of 25 frames a second, and returns its path.

    turned : degrees to the left by which whoever shows it is to turn it.
    """
    import av

    def write(
        path: Path,
        images: Sequence[np.ndarray],
        codec: str = "mjpeg",
        container: str | None = None,
        turned: int = 0,
        pixels: str | None = None,
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", format=container) as file:
            stream = file.add_stream(codec, rate=25)
            stream.height, stream.width = images[0].shape[:2]
            stream.pix_fmt = pixels or ("yuvj420p" if codec == "mjpeg" else "yuv420p")
            if turned:
                stream.set_display_rotation(turned)
            for image in images:
                file.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
            file.mux(stream.encode())
        return path

    return write


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260101)


@pytest.fixture(autouse=True)
def full_precision_on_a_gpu(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn off TF32, cuDNN's default, which keeps 10 bits of what it multiplies: a GPU is compared with a CPU."""
    if request.node.get_closest_marker("gpu"):
        import torch

        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
