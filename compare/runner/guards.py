"""Guards: whether people, or pictures, of what is tested are also in what is learned from; see core.overlap."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import Progress

from eigen2arc.core.artefacts import Arrays, Store, digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.files import Json
from eigen2arc.core.image import ImageError
from eigen2arc.core.overlap import same_pictures
from eigen2arc.core.overlap.people_names import SharedNames, shared_names
from eigen2arc.core.overlap.same_people import ALPHA, SamePeople
from eigen2arc.core.overlap.same_pictures import Prints, SamePicture
from eigen2arc.core.subset import select
from eigen2arc.core.types import PROBE, Dataset

from .pictures import shrunk, write_picture
from .stages import read_images
from .subset import gallery_rounds

#: So many pairs of people, and of pictures, are shown with their images; all are counted.
SHOWN = 24
SIDE_PX = 128

#: The kinds of SamePicture, by their number in an artefact.
KINDS: tuple[same_pictures.Kind, ...] = ("identical", "near", "mirrored")


class Vectors(NamedTuple):
    """The vectors of the faces of two sets, (N, D) and (M, D), 0 where there is no face, and who is in both by them."""

    training: np.ndarray
    test: np.ndarray
    same: SamePeople


def compare_with_tests(
    fit: Dataset, tests: Mapping[str, Dataset], store: Store, progress: Progress, out: Path
) -> list[Json]:
    """Describe what the data that systems are fitted on share with the test of each task that tells people apart.

    By name and by image. Not by face: a run has vectors of both sets only from encoders that were fitted on the one,
    and to those its people look unlike all others; `eigen2arc datasets overlap` compares by face.
    """
    guards = []
    for task, dataset in tests.items():
        if task != "detection":
            tested = select_tested(dataset, task)
            pictures = find_shared_pictures(fit, tested, store, progress)
            guards.append({"task": task, **describe_overlap(fit, tested, pictures, None, out)})
    return guards


def select_tested(dataset: Dataset, task: str) -> Dataset:
    """Select the images that a task tests: those of the pairs, or the probes; all where a set has neither."""
    chosen = np.arange(len(dataset.images))
    rounds = gallery_rounds(dataset) if task == "identification" else None
    if rounds is not None:
        chosen = np.flatnonzero((rounds == PROBE).any(axis=0))
    elif task != "identification" and dataset.trials is not None:
        chosen = np.unique(np.concatenate([dataset.trials.first, dataset.trials.second]))
    return dataset if len(chosen) == len(dataset.images) else select(dataset, chosen, None, None)


def find_shared_pictures(training: Dataset, test: Dataset, store: Store, progress: Progress) -> list[SamePicture]:
    """Find the pictures that are in both sets; what is computed is kept in the store."""
    code = code_digest(same_pictures.__name__)
    versions = training.images.version, test.images.version

    def make() -> Arrays:
        sides = [_prints(one, store, progress, code) for one in (training, test)]
        task = progress.add_task(f"compare pictures of {training.name} and {test.name}", total=None)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        found = same_pictures.same_pictures(training.images, sides[0], test.images, sides[1], advance)
        progress.remove_task(task)
        rows = [(one.first, one.second, KINDS.index(one.kind)) for one in found]
        numbers = np.array(rows, np.int64).reshape(-1, 3)
        return {"rows": numbers, "correlation": np.array([one.correlation for one in found], np.float64)}

    made = store.arrays(f"shared-{digest(*versions, code)}", make)
    rows = zip(made["rows"].tolist(), made["correlation"].tolist(), strict=True)
    return [SamePicture(a, b, KINDS[kind], correlation) for (a, b, kind), correlation in rows]


def _prints(dataset: Dataset, store: Store, progress: Progress, code: str) -> Prints:
    def make(chunk: range) -> Arrays:
        return same_pictures.prints(read_images(dataset, chunk))._asdict()

    name = f"prints-{digest(dataset.images.version, code)}"
    return Prints(**store.rows(name, len(dataset.images), make, progress, f"hash {dataset.name}"))


def describe_overlap(
    training: Dataset, test: Dataset, pictures: Sequence[SamePicture], vectors: Vectors | None, out: Path
) -> Json:
    """Describe what two sets share, for JSON: people, by all that they were found by, and pictures.

    The first SHOWN of each are written as images below out/pictures.
    """
    names, labels = _shared_names(training, test)
    writer = _Writer(out)
    pictured = {_people_of(training, test, one): (one.first, one.second) for one in reversed(pictures)}
    rows: dict[tuple[int, int], Json] = {}
    for pair in names:
        rows.setdefault(pair, {"by": []})["by"].append("name")
    for shown in reversed(pictured):
        if shown is not None:
            rows.setdefault(shown, {"by": []})["by"].append("picture")
    for one in vectors.same.found if vectors is not None else ():
        row = rows.setdefault((one.first, one.second), {"by": []})
        row["by"].append("vectors")
        row |= {"similarity": one.similarity, "expected": one.expected}
    surest = sorted(rows, key=lambda pair: (-len(rows[pair]["by"]), -rows[pair].get("similarity", 0), pair))
    sides = None if vectors is None else (vectors.training, vectors.test)
    people: list[Json] = []
    for a, b in surest:
        images = pictured.get((a, b)) or _most_alike(training, a, test, b, sides)
        called = {"training": training.people[a], "test": test.people[b]}
        people.append(called | rows[a, b] | writer.show(training, test, images, len(people)))
    shown_pictures = [
        {"kind": picture.kind, "correlation": picture.correlation, "people": _names_of(training, test, picture)}
        | writer.show(training, test, (picture.first, picture.second), number)
        for number, picture in enumerate(pictures)
    ]
    unnamed = [one.name for one in (training, test) if one.labels is None]
    return {
        "training": _describe(training),
        "test": _describe(test),
        "people": people,
        "numbered": len(labels),
        "unnamed": unnamed,
        "pictures": shown_pictures,
        "kinds": {kind: sum(picture.kind == kind for picture in pictures) for kind in KINDS},
        **({} if vectors is None else {"vectors": _describe_vectors(training, test, vectors, writer)}),
    }


class _Writer:
    """Writes the first SHOWN pairs of images of a list as thumbnails."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def show(self, first: Dataset, second: Dataset, images: tuple[int, int], number: int) -> Json:
        """Two images by name, and if they are among the first of their list as files."""
        sides = [(one.images, index) for one, index in zip((first, second), images, strict=True)]
        named: Json = {"images": [of.names[index] for of, index in sides]}
        if number < SHOWN:
            with suppress(ImageError):
                named["files"] = [write_picture(self.out, shrunk(of[index], SIDE_PX)) for of, index in sides]
        return named


def _shared_names(training: Dataset, test: Dataset) -> SharedNames:
    """Those people of whom there is an image, by their labels."""
    if training.labels is None or test.labels is None:
        return SharedNames([], [])
    there = [np.unique(one[one >= 0]).tolist() for one in (training.labels, test.labels)]
    first, second = ([of.people[label] for label in labels] for of, labels in zip((training, test), there, strict=True))
    found = shared_names(first, second)
    return SharedNames(*([(there[0][i], there[1][j]) for i, j in pairs] for pairs in found))


def _people_of(training: Dataset, test: Dataset, one: SamePicture) -> tuple[int, int] | None:
    """The labels of the people whose picture it is; None where a set does not say."""
    if training.labels is None or test.labels is None:
        return None
    first, second = int(training.labels[one.first]), int(test.labels[one.second])
    return (first, second) if first >= 0 and second >= 0 else None


def _names_of(training: Dataset, test: Dataset, one: SamePicture) -> list[str]:
    """What the two sets call who is in a picture, "" where one does not say."""
    sides = ((training, one.first), (test, one.second))
    labels = [(of, -1 if of.labels is None else int(of.labels[index])) for of, index in sides]
    return [of.people[label] if label >= 0 else "" for of, label in labels]


def _most_alike(
    first: Dataset, a: int, second: Dataset, b: int, vectors: tuple[np.ndarray, np.ndarray] | None
) -> tuple[int, int]:
    """The images of two people whose vectors are most alike; the first of each without vectors."""
    assert first.labels is not None and second.labels is not None
    i, j = np.flatnonzero(first.labels == a), np.flatnonzero(second.labels == b)
    if vectors is None:
        return int(i[0]), int(j[0])
    unit = [
        side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-12) for side in (vectors[0][i], vectors[1][j])
    ]
    best = int((unit[0] @ unit[1].T).argmax())
    return int(i[best // len(j)]), int(j[best % len(j)])


def _describe(dataset: Dataset) -> Json:
    people = 0 if dataset.labels is None else len(np.unique(dataset.labels[dataset.labels >= 0]))
    said = {"name": dataset.name, "version": dataset.images.version, "protocol": dataset.protocol}
    return said | {"images": len(dataset.images), "people": people}


def _describe_vectors(training: Dataset, test: Dataset, vectors: Vectors, writer: _Writer) -> Json:
    """What the comparison by vectors rests on, and the pairs within one set that look like one person."""
    doubles: list[Json] = []
    names, datasets = ("training", "test"), (training, test)
    for name, dataset, of, tail in zip(names, datasets, vectors[:2], vectors.same.tails, strict=True):
        for one in tail.doubles if tail is not None else ():
            images = _most_alike(dataset, one.first, dataset, one.second, (of, of))
            people = [dataset.people[one.first], dataset.people[one.second]]
            row = {"set": name, "people": people, "similarity": one.similarity, "expected": one.expected}
            doubles.append(row | writer.show(dataset, dataset, images, len(doubles)))
    tails = [
        None if one is None else {"pairs": one.pairs, "start": one.start, "scale": one.scale}
        for one in vectors.same.tails
    ]
    return {
        "threshold": vectors.same.threshold,
        "alpha": ALPHA,
        "detectable": vectors.same.detectable,
        "tails": tails,
        "doubles": doubles,
    }
