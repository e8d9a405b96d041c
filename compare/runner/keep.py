"""RUN/systems/ID.safetensors: each system of an identification, fitted, with the people of its first round's gallery.

Where an encoder is fitted on galleries, or the gallery is drawn anew in every round, that is the system of the first
round: one of those whose metrics stand in the report, and not a better one that was fitted on all. Of somebody's own
photos everybody is enrolled, strangers of the first round, too: that is whom its owner wants to be known.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.artefacts import Arrays, digest, file_digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.component import Component, files_named
from eigen2arc.core.metrics.intervals import wilson
from eigen2arc.core.types import GALLERY, Dataset, Status
from eigen2arc.recognize.reading.encoder_identity import pattern_vector
from eigen2arc.recognize.systems import system_file

from .answers import name_of
from .identification import Round, first_gallery
from .open_set import Operating, open_round
from .results import Selection
from .subset import gallery_rounds
from .system_runner import SystemRunner
from .verification import without_face

FOLDER = "systems"


def keep_system(
    runner: SystemRunner,
    dataset: Dataset,
    rounds: Sequence[Round],
    at: Operating,
    run_dir: Path,
    known: np.ndarray | None = None,
) -> dict[str, Any]:
    """Write the system's file; returns for metrics.json its name in the run, SHA-256 and bytes.

    known : (N,) bool, the images that are enrolled instead of the first round's gallery, whose threshold stays. Of an
    encoder that cannot hand over what it learned there is no file: then it is {"left_out": why}.
    """
    encoder, splits = runner.encoder, gallery_rounds(dataset)
    assert encoder is not None and splits is not None and dataset.labels is not None
    if encoder.learns and not hasattr(encoder.built, "tensors"):
        return {"left_out": f"what the encoder {encoder.name} learned cannot be written to a file"}
    crops = runner.crops(dataset)
    gallery = np.flatnonzero(splits[0] == GALLERY if known is None else known)
    if runner.identifier is None:  # a matcher never takes anybody for an image without a face
        gallery = gallery[~crops.skipped[gallery]]
    labels, person = np.unique(dataset.labels[gallery], return_inverse=True)
    whole, training = encoder.built, None
    if encoder.learns:
        training = runner.fit_set() or first_gallery(runner, dataset)
        assert training is not None
        whole = runner.stages.fitted_whole(training, encoder)
    chosen = Selection(crops, gallery)

    def make() -> Arrays:
        assert runner.aligner is not None
        steps = [step.built for step in runner.preprocessing]
        pattern = pattern_vector(whole, steps, runner.aligner.built.size_px)
        if training is None:
            return {"pattern": pattern, "vectors": runner.stages.encode(chosen, encoder).of(gallery)}
        return {"pattern": pattern, "vectors": runner.stages.encode_fitted(whole, training, chosen, encoder)["vectors"]}

    parts = [one.key for one in (runner.aligner, *runner.preprocessing, encoder) if one is not None]
    source = [chosen.name, "" if training is None else training.name, parts, code_digest(system_file.__name__)]
    made = runner.stages.store.arrays(f"kept-{digest(*source)}", make)
    path = run_dir / FOLDER / f"{runner.system.id}.safetensors"
    about = {
        **_stages(runner),
        "id": runner.system.id,
        "title": runner.system.name,
        "version": version("eigen2arc"),
        "learned": _learned(runner, training),
        "enrolled": _enrolled(dataset, splits) if known is None else dataset.name,
        "people": [name_of(dataset, int(label)) for label in labels],
        "without_face": int(np.count_nonzero(crops.status[gallery] != Status.FOUND)),
        **_threshold(runner, dataset, rounds[0], at, len(labels)),
    }
    system_file.save(path, about, made["vectors"], person, made["pattern"], whole.tensors() if training else {})
    return {"file": f"{FOLDER}/{path.name}", "sha256": file_digest(path), "bytes": path.stat().st_size}


def _stages(runner: SystemRunner) -> dict[str, Any]:
    """The stages of About, and the files that their settings name; without the device, which may be another later."""
    scorer = runner.identifier or runner.matcher
    stages = [one for one in (runner.detector, runner.aligner, runner.encoder, scorer) if one is not None]
    files: dict[str, str] = {}
    for one in (*stages, *runner.preprocessing):
        files |= files_named(one.settings)
    return {
        "stages": {one.kind: _table(one) for one in stages},
        "preprocessing": [_table(step) for step in runner.preprocessing],
        "files": files,
    }


def _table(component: Component) -> dict[str, Any]:
    return {key: value for key, value in component.table().items() if key != "device"}


def _learned(runner: SystemRunner, training: Selection | None) -> str:
    """What the encoder learned from, and its parts elsewhere."""
    assert runner.encoder is not None
    outside = runner.system.outside_data or "not stated"
    if training is None:
        return f"{runner.encoder.name}, not fitted here; outside data: {outside}"
    whose = "the people below" if runner.suite.fit is None else runner.suite.fit.name
    images = f"{len(training.indices):,} image{'' if len(training.indices) == 1 else 's'}"
    return f"{runner.encoder.name}, fitted on {images} of {whose}; outside data: {outside}"


def _enrolled(dataset: Dataset, splits: np.ndarray) -> str:
    """Whose images are enrolled, and of which round."""
    first = "" if len(splits) == 1 else f", the first of {len(splits):,} rounds"
    return f"{dataset.name}{first}"


def _threshold(runner: SystemRunner, dataset: Dataset, first: Round, at: Operating, enrolled: int) -> dict[str, Any]:
    """The threshold of the first round, and how many of its strangers it lets through; or why there is none.

    enrolled : how many people are in the file; the more there are to be like, the more strangers are taken for one.
    """
    value = at.values[0]
    if value is None:
        strangers = int(np.count_nonzero(~first.mated))
        few = f"{strangers:,} images of strangers are too few to set one"
        return {"threshold": None, "no_threshold": few if strangers else "no strangers were looked up"}
    assert dataset.labels is not None
    strange = open_round(first, without_face(runner.crops(dataset))[first.probes]).strangers
    taken = int(np.count_nonzero(strange >= value))
    images = first.probes[~first.mated]
    labels = dataset.labels[images]
    people = len(np.unique(np.where(labels < 0, -1 - images, labels)))
    fewer = f", while {first.people} of the {enrolled} people were known," if first.people < enrolled else ""
    low, high = wilson(taken / len(strange) * people, people)  # the images of one stranger hang together
    return {
        "threshold": {
            "value": value,
            "fpir": float(at.fpir),
            "taken": taken,
            "strangers": len(strange),
            "people": people,
            "low": low,
            "high": high,
            "calibrated_on": f"strangers of {dataset.name}{fewer}",
        },
        "no_threshold": "",
    }
