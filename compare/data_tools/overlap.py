"""The overlap of two sets: people by name, pictures by hash, people by vectors; overlap.json and its images."""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from rich.progress import Progress

from eigen2arc.compare.runner.guards import Vectors, describe_overlap, find_shared_pictures
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component
from eigen2arc.core.files import Json
from eigen2arc.core.overlap.same_people import people, same_people
from eigen2arc.core.types import Dataset

from .crop_vectors import crop_vectors

#: The two sides, as options and overlap.json call them.
SIDES = ("training", "test")


class Stages(NamedTuple):
    """What makes vectors of faces. detector : for those sets whose faces are not annotated with points."""

    detector: Component
    aligner: Component
    encoder: Component


def find_overlap(
    training: Dataset, test: Dataset, stages: Stages | None, crops: Collection[str], out: Path, progress: Progress
) -> Json:
    """Find what two sets share and describe it, see describe_overlap; what is computed is kept in out/artefacts.

    stages : None to compare names and pictures only. crops : those of SIDES that consist of aligned crops.
    """
    store = Store(out / "artefacts")
    pictures = find_shared_pictures(training, test, store, progress)
    vectors, why = None, ""
    if stages is not None and training.labels is not None and test.labels is not None:
        made = [
            crop_vectors(
                dataset,
                None if side in crops or _has_points(dataset) else stages.detector,
                stages.aligner,
                stages.encoder,
                store,
                progress,
            )[0]
            for side, dataset in zip(SIDES, (training, test), strict=True)
        ]
        same = same_people(people(made[0], training.labels), people(made[1], test.labels))
        why = "too few people with a face to tell what chance does" if same is None else ""
        vectors = None if same is None else Vectors(made[0], made[1], same)
    described = describe_overlap(training, test, pictures, vectors, out)
    used = None if stages is None else {kind: one.table() for kind, one in stages._asdict().items()}
    return described | {"stages": used, "not_compared": why}


def _has_points(dataset: Dataset) -> bool:
    """Whether its faces are annotated with the points that an aligner needs; the first face tells."""
    first = next((faces for faces in dataset.faces or () if len(faces)), None)
    return first is not None and first.landmarks is not None
