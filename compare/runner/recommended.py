"""The threshold that a run recommends for a system: from all pairs of two people that its images make."""

from typing import Any

import numpy as np

from eigen2arc.core.artefacts import Arrays, digest
from eigen2arc.core.metrics.recommended_threshold import recommend
from eigen2arc.core.types import UNUSED, Dataset

from .results import Selection
from .subset import evenly
from .system_runner import SystemRunner
from .verification import without_face

#: Images that are compared with one another at most, evenly chosen: of the people who are in pairs, and of all others.
MOST_IMAGES, MOST_STRANGERS = 2000, 1000


def recommended_threshold(runner: SystemRunner, dataset: Dataset, fmr: float) -> dict[str, Any]:
    """Choose the threshold for the rate ``fmr``, as metrics.json has it, from all images that the set's tests use.

    A system that learns from the very set is another one in each fold, with a scale of its own: then {"left_out": ...}
    says so. So it does where no two people have an image with a face.
    """
    assert dataset.labels is not None and runner.encoder is not None
    if runner.learns_here:
        return {"left_out": "it learns from the set that it is tested on, so that each fold has its own threshold"}
    crops, trials = runner.crops(dataset), dataset.trials
    rounds = dataset.splits
    used = np.zeros(len(dataset.labels), bool) if rounds is None else (rounds != UNUSED).any(axis=0)
    paired = np.zeros(len(used), bool)
    if trials is not None:
        paired[np.concatenate([trials.first, trials.second])] = True
    own_people = np.unique(dataset.labels[paired])
    own = np.isin(dataset.labels, own_people)
    seen = (used | paired) & ~without_face(crops)
    sides = [(np.flatnonzero(seen & own), MOST_IMAGES), (np.flatnonzero(seen & ~own), MOST_STRANGERS)]
    shown = np.concatenate([rows[evenly(len(rows), most)] for rows, most in sides])
    person = dataset.labels[shown]
    order = np.argsort(np.maximum(person, -1), kind="stable")
    shown, person = shown[order], np.maximum(person[order], -1)
    if len(np.unique(person[person >= 0])) < 2:
        return {"left_out": "it saw a face of fewer than two people"}
    encoded = runner.encode(Selection(crops, np.arange(len(dataset.labels))), runner.fit_set())
    vectors = encoded.of(shown)

    def make() -> Arrays:
        return {"score": runner.matcher.built.score(vectors, vectors)}

    matcher = runner.matcher
    made = runner.stages.store.arrays(f"all-pairs-{digest(matcher.key, encoded.name, shown)}", make)["score"]
    # Which of two images comes first is chance, and may cost a score its last bit.
    score = np.triu(made) + np.triu(made, 1).T
    found = recommend(score, person, fmr, np.isin(person, own_people))
    return {
        **vars(found),
        "fmr": vars(found.fmr),
        "fnmr": None if found.fnmr is None else vars(found.fnmr),
        "correlation": found.correlation._asdict(),
        "images": len(shown),
        "unknown": int((person < 0).sum()),
    }
