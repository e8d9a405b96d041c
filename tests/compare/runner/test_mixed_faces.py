"""Faces that are a detector's and the reference's: against a loop over the images, and by hand."""

import numpy as np
import pytest

from eigen2arc.compare.runner.mixed_faces import MixedFaces, placed, referred
from eigen2arc.core.component import Component
from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Faces

IMAGE = np.zeros((100, 120, 3), np.uint8)
#: In the middle, at the left border, and nested in the first.
MIDDLE, LEFT, INNER = [40, 30, 80, 70], [0, 30, 30, 60], [50, 40, 70, 60]


def faces(*boxes: list[float]) -> Faces:
    """Faces with points that say whose they are."""
    made = np.array(boxes, np.float64).reshape(-1, 4)
    return Faces(made, np.ones(len(made)), np.arange(len(made) * 10).reshape(-1, 5, 2) + made[:, :1, None])


def same(one: Faces, other: Faces) -> bool:
    return np.array_equal(one.boxes, other.boxes) and np.array_equal(one.landmarks, other.landmarks)


@pytest.mark.parametrize(
    ("found", "reference", "referred_to", "placed_at"),
    [
        ([[42, 32, 82, 72]], [MIDDLE], "reference 0", "found 0"),  # found, a little off
        ([], [MIDDLE], "none", "reference 0"),  # not found
        ([LEFT], [MIDDLE], "found 0", "reference 0"),  # something else found
        ([LEFT], [MIDDLE, [2, 30, 32, 60]], "reference 1", "reference 0"),  # somebody else found
        ([[42, 32, 82, 72], INNER], [MIDDLE], "reference 0", "found 0"),  # twice found: the one that it would choose
        ([INNER], [MIDDLE, INNER], "reference 1", "found 0"),  # two that hold it: the one that overlaps more
        ([LEFT], [], "found 0", "none"),  # nothing is known of the image
        ([], [], "none", "none"),
    ],
)
def test_by_hand(found: list[list[float]], reference: list[list[float]], referred_to: str, placed_at: str) -> None:
    given = {"found": faces(*found), "reference": faces(*reference)}
    mixed = {
        referred_to: referred([IMAGE], [given["found"]], [given["reference"]], "central"),
        placed_at: placed([IMAGE], [given["reference"]], [given["found"]], "central"),
    }
    if referred_to == placed_at == "none":
        assert len(mixed["none"][0]) == 0
        return
    for words, (made,) in mixed.items():
        whose, _, row = words.partition(" ")
        assert len(made) == 0 if whose == "none" else same(made, given[whose][[int(row)]])


def central(one: Faces) -> int:
    """The index of the face that is large and near the middle, by the formula."""

    def value(box: np.ndarray) -> float:
        x1, y1, x2, y2 = map(float, box)
        x, y = (x1 + x2) / 2 - IMAGE.shape[1] / 2, (y1 + y2) / 2 - IMAGE.shape[0] / 2
        return (x2 - x1) * (y2 - y1) - 2 * (x * x + y * y)

    return max(range(len(one)), key=lambda i: value(one.boxes[i]))


def holds(box: np.ndarray, other: np.ndarray) -> bool:
    """Whether the middle of the other lies in a box."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def slowly(found: Faces, reference: Faces) -> tuple[Faces, Faces]:
    """What referred() and placed() make of an image, written as they are described."""
    none = Faces.none()
    first = found[[central(found)]] if len(found) else none
    if len(first):
        around = [i for i in range(len(reference)) if holds(reference.boxes[i], first.boxes[0])]
        if around:
            overlap = [iou(first.boxes, reference.boxes[[i]])[0, 0] for i in around]
            first = reference[[around[int(np.argmax(overlap))]]]
    second = reference[[central(reference)]] if len(reference) else none
    if len(second):
        hits = [i for i in range(len(found)) if holds(second.boxes[0], found.boxes[i])]
        if hits:
            inside = found[hits]
            second = inside[[central(inside)]]
    return first, second


def test_against_a_loop() -> None:
    rng = np.random.default_rng(3)

    def some() -> list[Faces]:
        corners = [rng.integers(0, 70, (count, 2)) for count in rng.integers(0, 4, 200)]
        return [faces(*np.hstack([c, c + rng.integers(10, 60, (len(c), 2))]).tolist()) for c in corners]

    found, reference, images = some(), some(), [IMAGE] * 200
    first, second = referred(images, found, reference, "central"), placed(images, reference, found, "central")
    for i in range(200):
        wanted = slowly(found[i], reference[i])
        assert len(first[i]) == len(wanted[0]) and len(second[i]) == len(wanted[1])
        assert same(first[i], wanted[0]) or not len(first[i])
        assert same(second[i], wanted[1]) or not len(second[i])


def test_a_detector_that_is_right_loses_nothing() -> None:
    truth = [faces(MIDDLE), faces(MIDDLE, LEFT), faces(LEFT)]
    for its in ("choice", "place", ""):
        mixed = MixedFaces(its=its).mix([IMAGE] * 3, truth, truth, "central")
        assert all(same(one, known[[0]]) for one, known in zip(mixed, truth, strict=True))


def test_each_mixture_has_a_name_and_a_key_of_its_own() -> None:
    one, other = (Component("detector", "fixed_box", {"box": [0, 0, 1, end]}) for end in (0.5, 1))
    made = [
        MixedFaces(),
        *(MixedFaces(r, d, its) for r, d in ((None, one), (one, other)) for its in ("choice", "place")),
    ]
    assert len({mixed.key for mixed in made}) == len(made)
    assert [mixed.name for mixed in made[:2]] == ["the annotation", "fixed_box's choice in the annotation"]
