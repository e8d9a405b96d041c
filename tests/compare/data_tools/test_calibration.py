"""Images to calibrate on have no pair among those tested on; faces are found, annotated, or the image itself."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from eigen2arc.compare.data_tools.calibration import choose, crops_of
from eigen2arc.core.aligners import five_point
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.core.types import GALLERY, PROBE, Dataset, Faces, Trials
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.deep.deploy.quantize_check import quantize_file

POINTS = np.array([[20, 20], [40, 21], [30, 30], [22, 40], [38, 41]], np.float32)


def faces(shift: float) -> Faces:
    return Faces(np.array([[10, 10, 50, 50]]), np.ones(1), POINTS[None] + shift)


def made(n: int, trials: Trials | None = None, labels: np.ndarray | None = None, annotated: bool = False) -> Dataset:
    rng = np.random.default_rng(4)
    images = ArrayImages([rng.integers(0, 256, (60, 64, 3), np.uint8) for _ in range(n)], tuple(map(str, range(n))))
    known = tuple(faces(i) for i in range(n)) if annotated else None
    return Dataset("toy", images, labels=labels, faces=known, trials=trials)


def paired(first: list[int], second: list[int]) -> Trials:
    return Trials(np.array(first), np.array(second), np.arange(len(first)) % 2 == 0, np.arange(len(first)) % 3)


def pairs_of(chosen: tuple[np.ndarray, np.ndarray, Trials]) -> set[tuple[int, int]]:
    _, test, trials = chosen
    return {(int(test[a]), int(test[b])) for a, b in zip(trials.first, trials.second, strict=True)}


def test_images_that_no_pair_needs_come_first() -> None:
    chosen = choose(made(12, paired([0, 2, 4], [1, 3, 9])), calibration=5, pairs=10)
    assert chosen.calibration.tolist() == [5, 6, 7, 8, 11] and pairs_of(chosen) == {(0, 1), (2, 3), (4, 9)}
    assert chosen.trials.same.tolist() == [True, False, True] and chosen.trials.fold.tolist() == [0, 1, 2]


def test_otherwise_the_pairs_of_those_taken_are_left_out() -> None:
    chosen = choose(made(6, paired([0, 2, 4], [1, 3, 5])), calibration=2, pairs=10)
    assert chosen.calibration.tolist() == [0, 5] and pairs_of(chosen) == {(2, 3)}


def test_pairs_are_drawn_from_labels_where_there_are_none() -> None:
    labels = np.repeat(np.arange(10), 6)
    chosen = choose(made(60, labels=labels), calibration=10, pairs=40)
    assert len(chosen.calibration) == 10 and len(chosen.trials) == 40
    assert not np.isin(chosen.test, chosen.calibration).any()
    assert all((labels[a] == labels[b]) == s for (a, b), s in zip(_in_order(chosen), chosen.trials.same, strict=True))
    assert 15 <= chosen.trials.same.sum() <= 25 and np.bincount(chosen.trials.fold).tolist() == [20, 20]


def test_a_training_part_is_calibrated_on_and_the_rest_tested_on() -> None:
    labels, training = np.repeat(np.arange(10), 6), np.arange(60) % 2 == 0
    splits = np.where(training, GALLERY, PROBE)[None]
    chosen = choose(replace(made(60, labels=labels), splits=splits), calibration=10, pairs=40)
    assert training[chosen.calibration].all() and not training[chosen.test].any() and len(chosen.trials) == 40


def _in_order(chosen: tuple[np.ndarray, np.ndarray, Trials]) -> list[tuple[int, int]]:
    _, test, trials = chosen
    return list(zip(test[trials.first].tolist(), test[trials.second].tolist(), strict=True))


def test_sets_without_pairs_are_refused() -> None:
    with pytest.raises(UserError, match="toy has no pairs and does not say who is who"):
        choose(made(4), 1, 1)
    with pytest.raises(UserError, match="toy: 4 images to calibrate on leave 0 pairs"):
        choose(made(4, paired([0, 2], [1, 3])), 9, 9)


def test_annotated_faces_are_aligned() -> None:
    dataset = made(20, annotated=True)
    crops = crops_of(dataset, np.array([3, 18]), 32, None)
    aligner = five_point.build(size_px=32)
    wanted = [aligner.align(dataset.images[n], faces(n))[0] for n in (3, 18)]
    np.testing.assert_array_equal(crops, wanted)


class Finder:
    """Finds one face at its own place, in every image but one."""

    def detect(self, images: list[np.ndarray]) -> list[Faces]:
        return [faces(1.5) if i != 2 else Faces.none() for i, _ in enumerate(images)]


@pytest.mark.parametrize("annotated", [True, False])
def test_found_faces_come_before_annotated_ones(annotated: bool) -> None:
    dataset = made(5, annotated=annotated)
    crops = crops_of(dataset, np.arange(5), 32, Finder())
    aligner = five_point.build(size_px=32)
    for n in range(5):
        same = np.array_equal(crops[n], aligner.align(dataset.images[n], faces(1.5))[0])
        assert same == (n != 2)
    assert np.array_equal(crops[2], aligner.align(dataset.images[2], faces(2))[0]) == annotated


def test_images_without_faces_are_crops_already() -> None:
    dataset = made(3)
    crops = crops_of(dataset, np.array([1]), 32, None)
    np.testing.assert_array_equal(crops[0], cv2.resize(dataset.images[1], (32, 32), interpolation=cv2.INTER_AREA))


@pytest.mark.data
@pytest.mark.slow
def test_a_trained_network_still_knows_people_in_int8(data_root: Path, tmp_path: Path) -> None:
    model = data_root.parent / "weights" / "mobilefacenet_112.onnx"
    if not model.is_file():
        pytest.skip(f"{model} is not there")
    lfw = build("dataset", "lfw", root=data_root)
    chosen = choose(lfw, calibration=48, pairs=60)
    detector = build("detector", "mtcnn", device="cpu")
    calibration, crops = (crops_of(lfw, numbers, 112, detector) for numbers in chosen[:2])
    figures = quantize_file(model, tmp_path / "int8.onnx", calibration, crops, chosen.trials, "")
    assert figures.cosine_mean > 0.96 and figures.cosine_least > 0.9
    assert figures.accuracy[0] > 0.9 and figures.accuracy[1] > figures.accuracy[0] - 0.05
    assert figures.size_bytes[1] < 0.45 * figures.size_bytes[0]
