"""What a report's pictures show of each detector."""

from pathlib import Path

import numpy as np

from eigen2arc.compare.runner.sample_images import samples
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages


def faces(*scores: float) -> Faces:
    return Faces(np.tile([1.0, 2, 8, 9], (len(scores), 1)), np.array(scores))


def dataset(*truth: Faces) -> Dataset:
    pictures = [np.full((20, 30, 3), 40 * n, np.uint8) for n in range(len(truth))]
    return Dataset("few", ArrayImages(pictures, tuple(map(str, range(len(truth))))), faces=truth)


def shown(run_dir: Path, few: Dataset, found: list[Faces]) -> list[list[float]]:
    return [[face["score"] for face in one["detections"]["a"]] for one in samples(run_dir, few, {"a": found})]


def test_of_many_detections_as_many_as_there_are_faces(tmp_path: Path) -> None:
    few = dataset(faces(1, 1), faces(1, 0), faces())
    found = [faces(0.75, 0.5, 0.25), faces(0.5, 0.125), faces(0.0625)]
    assert shown(tmp_path, few, found) == [[0.75, 0.5], [0.5]]
    assert [len(one["truth"]) for one in samples(tmp_path, few, {})] == [2, 1]


def test_of_few_detections_all(tmp_path: Path) -> None:
    few = dataset(faces(1, 1), faces(1), faces())  # the last is not among the samples
    assert shown(tmp_path, few, [faces(0.5), faces(0.125), faces(0.25)]) == [[0.5], [0.125]]


def test_all_where_the_faces_are_not_known(tmp_path: Path) -> None:
    pictures = ArrayImages([np.zeros((9, 9, 3), np.uint8)], ("0",))
    assert shown(tmp_path, Dataset("none", pictures), [faces(0.5, 0.25)]) == [[0.5, 0.25]]
