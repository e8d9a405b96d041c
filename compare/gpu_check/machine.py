"""What the metrics were measured on: the card, its driver, the libraries, the processor; and what is not installed."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

#: Packages by the name they are imported by: without these nothing can be measured.
NEEDED = ("torch", "torchvision", "numpy", "cv2", "numba", "threadpoolctl", "accelerate", "safetensors", "rich")

#: Without these a part is left out: what it is.
WANTED = {
    "pytest": "the tests marked gpu",
    "facenet_pytorch": "MTCNN, whose weights it carries and whose peer it is; put its wheel into wheels/",
}


def missing(names: tuple[str, ...] | dict[str, str]) -> list[str]:
    """Return those of the packages that are not installed."""
    return [name for name in names if find_spec(name) is None]


def machine(device: str) -> dict[str, Any]:
    """Describe the card, None where the device is the CPU, the versions that bear on speed, and the processor."""
    import torch

    from eigen2arc.compare.runner.provenance import hardware

    found: dict[str, Any] = {"card": None}
    if device.startswith("cuda"):
        card = torch.cuda.get_device_properties(device)
        found = {
            "card": card.name,
            "cards": torch.cuda.device_count(),
            "card_memory_gb": round(card.total_memory / 1e9, 1),
            "capability": f"{card.major}.{card.minor}",
            "driver": _driver(),
        }
    found |= {
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version() if device.startswith("cuda") else None,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    for package in ("torchvision", "numpy", "numba", "facenet-pytorch"):
        found[package] = _version(package)
    return found | hardware(device)


def _driver() -> str | None:
    """The driver's version as nvidia-smi gives it; nothing where that is not found or does not answer."""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return told.strip().partition("\n")[0] or None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
