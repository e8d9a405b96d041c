import dataclasses

import numpy as np
import pytest

from eigen2arc.core.types import Dataset, Embeddings, Faces, Scores, Trials


class Blank:
    """Three black images."""

    names = ("a", "b", "c")
    version = "0"

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> np.ndarray:
        return np.zeros((8, 8, 3), np.uint8)


def test_faces_are_checked_copied_and_frozen() -> None:
    boxes = np.array([[0, 0, 4, 4], [1, 1, 3, 9]])
    faces = Faces(boxes, [0.9, 0.5])
    boxes[0, 0] = 99
    assert faces.boxes.dtype == np.float32 and faces.boxes[0, 0] == 0
    assert len(faces) == 2 and len(faces[np.array([False, True])]) == 1
    with pytest.raises(ValueError, match="read-only"):
        faces.boxes[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        faces.scores = np.zeros(2)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, 0, 4]], [1]), r"Faces.boxes: expected shape \(N, 4\)"),
        (([[0, 0, 4, 4]], [1, 2]), r"Faces.scores: expected shape \(1\)"),
        (([[4, 0, 0, 4]], [1]), "x2 >= x1"),
        (([[0, 0, np.nan, 4]], [1]), "not finite"),
        (([[0, 0, 4, 4]], [1], np.zeros((1, 2, 2))), r"Faces.landmarks: expected shape \(1, 5, 2\)"),
    ],
)
def test_wrong_faces_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Faces(*arguments)


def test_faces_to_be_ignored_do_not_count() -> None:
    faces = Faces(np.array([[0, 0, 1, 1], [2, 2, 3, 3], [4, 4, 5, 5]]), np.array([1, 0, 1]))
    assert faces.counted.boxes[:, 0].tolist() == [0, 4]
    assert len(Faces.none().counted) == 0


def test_no_face_is_a_value_of_its_own() -> None:
    assert len(Faces.none()) == 0 and Faces.none().boxes.shape == (0, 4)


def test_columns_must_be_of_one_length() -> None:
    with pytest.raises(ValueError, match="Trials.same"):
        Trials([0, 1], [1, 2], [True], [0, 0])
    with pytest.raises(ValueError, match="Scores.value: 1 of 2 values are not finite"):
        Scores([0.0, np.nan], [True, False], [0, 0])
    with pytest.raises(ValueError, match="Embeddings.status"):
        Embeddings(np.zeros((2, 4)), [0])
    with pytest.raises(ValueError, match="Dataset.labels"):
        Dataset("blank", Blank(), labels=[0, 1])
    with pytest.raises(ValueError, match=r"factors\['yaw_deg'\]"):
        Dataset("blank", Blank(), factors={"yaw_deg": [0.0]})
    with pytest.raises(ValueError, match="expected 3 entries, one per image, got 1"):
        Dataset("blank", Blank(), faces=(Faces.none(),))


def test_rounds_of_identification_are_checked_and_frozen() -> None:
    dataset = Dataset("blank", Blank(), splits=[[0, 0, 1], [1, -1, 0]])
    assert dataset.splits is not None and dataset.splits.dtype == np.int64 and not dataset.splits.flags.writeable
    assert Dataset("blank", Blank()).splits is None


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ([0, 0, 1], r"Dataset.splits: expected shape \(R, 3\), got \(3,\)"),
        ([[0, 1]], r"Dataset.splits: expected shape \(R, 3\), got \(1, 2\)"),
        (np.zeros((0, 3)), "expected one round at least"),
        ([[0, 1, 2]], r"of -1 \(unused\), 0 \(gallery\), 1 \(probe\)"),
        ([[0, 1, 1], [0, 0, -1]], "round 1 has no probe"),
        ([[1, -1, 1]], "round 0 has no gallery"),
    ],
)
def test_rounds_without_a_gallery_or_a_probe_are_refused(splits: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Dataset("blank", Blank(), splits=splits)
