"""What a report has to say about where its metrics come from: data, versions, machine."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eigen2arc.core.component import Component
from eigen2arc.core.types import Dataset

from .system_runner import SystemRunner

#: What a system that learns so is called on LFW's page of results.
SETTINGS = {"identities": "unrestricted", "pairs": "image-restricted", "none": "unsupervised"}

PACKAGES = ("numpy", "opencv-contrib-python", "scikit-learn", "torch", "facenet-pytorch", "onnxruntime")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that can change a metric."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def track(*components: Component | None) -> str:
    """Return the track that a system belongs to: "mixed" if its detector and encoder come from different ones."""
    tracks = {track for component in components if component is not None for track in component.tracks}
    return tracks.pop() if len(tracks) == 1 else "mixed"


def describe_stages(runner: SystemRunner) -> dict[str, Any]:
    """Return a system's stages in their order, each with its settings, as a report shows them; None for a missing one.

    preprocessing is a list of steps. The matcher is the encoder's own where the suite names none; an identifier
    replaces it where the suite only identifies.
    """
    system = runner.system
    described: dict[str, Any] = {name: _table(getattr(system, name)) for name in ("detector", "aligner")}
    if system.preprocessing:
        described["preprocessing"] = [_table(step) for step in system.preprocessing]
    described["encoder"] = _table(system.encoder)
    only_identifier = system.identifier is not None and "verification" not in runner.suite.tasks
    if system.encoder is None or not only_identifier:
        own = None if system.encoder is None else Component("matcher", runner.matcher.name)
        described["matcher"] = _table(system.matcher or own)
    if system.identifier is not None:
        described["identifier"] = _table(system.identifier)
    return described


def _table(component: Component | None) -> dict[str, Any] | None:
    return None if component is None else {"name": component.name, "settings": component.settings}


def learning(runner: SystemRunner) -> dict[str, str]:
    """Return LFW's protocol class of a system, ``setting`` (e.g. unrestricted), and ``outside``, the outside data.

    Huang and Learned-Miller, "Labeled Faces in the Wild: Updates and New Reporting Procedures", 2014, section 3.
    A system of which no part learns here is unsupervised whatever it may use, and one whose encoder was trained
    elsewhere on labelled people is unrestricted.
    """
    system = runner.system
    components = [runner.encoder, runner.identifier or runner.matcher]
    learns = any(component is not None and component.learns for component in components)
    setting = SETTINGS[system.labels if learns else "none"]
    if not system.outside_data:
        return {"setting": setting, "outside": "outside data not stated"}
    sources = [part.partition(":")[0].strip() for part in system.outside_data.split(";")]
    if "encoder" in sources:
        return {"setting": SETTINGS["identities"], "outside": "labelled outside data"}
    return {"setting": setting, "outside": "no outside data" if sources == ["none"] else "label-free outside data"}


def describe(dataset: Dataset) -> dict[str, Any]:
    """Describe a data set as a report shows it."""
    return {
        "name": dataset.name,
        "version": dataset.images.version,
        "protocol": dataset.protocol,
        "notes": list(dataset.notes),
        "images": len(dataset.images),
        "people": len(dataset.people),
        "pairs": 0 if dataset.trials is None else len(dataset.trials),
        "rounds": 0 if dataset.splits is None else len(dataset.splits),
    }


def hardware(device: str) -> dict[str, Any]:
    """Describe the machine, as far as it bears on speed."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gb": round(memory / 2**30, 1), "device": device}
