"""What a report has to say about where its figures come from: data, versions, machine."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eigen2arc.core.types import Dataset

from .workbench import Part

PACKAGES = ("numpy", "opencv-contrib-python", "scikit-learn", "torch", "facenet-pytorch", "onnxruntime")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that can move a figure."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def track(*parts: Part | None) -> str:
    """The track that a system belongs to: "mixed" if its detector and encoder come from different ones."""
    tracks = {part.plugin.track for part in parts if part is not None}
    return tracks.pop() if len(tracks) == 1 else "mixed"


def describe(dataset: Dataset) -> dict[str, Any]:
    """What a report says about a data set."""
    return {
        "name": dataset.name,
        "version": dataset.images.version,
        "protocol": dataset.protocol,
        "notes": list(dataset.notes),
        "images": len(dataset.images),
        "people": len(dataset.people),
        "pairs": 0 if dataset.trials is None else len(dataset.trials),
    }


def hardware(device: str) -> dict[str, Any]:
    """The machine, as far as it bears on speed."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gb": round(memory / 2**30, 1), "device": device}
