"""Detection by the rules of each set: faces to be ignored, subsets, ellipses, and the test scale that goes with it."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.progress import Progress

from eigen2arc.compare.runner import detection
from eigen2arc.compare.runner.stages import StageRunner
from eigen2arc.compare.runner.system_runner import Clock
from eigen2arc.core.artefacts import Store
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.datasets.protocols.detection_set import DetectionSet

Compare = Callable[..., dict[str, Any]]

#: One image: a face, one that is to be ignored, and a third.
TRUTH = Faces([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]], [1, 0, 1])
#: A hit, two on the ignored face, a false alarm, and one that is on the first face once more.
FOUND = Faces([[0, 0, 10, 9], [20, 0, 30, 10], [20, 0, 30, 9], [60, 60, 70, 70], [0, 0, 10, 8]], [5, 4, 3, 2, 1])


def images() -> ArrayImages:
    return ArrayImages([np.zeros((100, 100, 3), np.uint8)] * 2, ("a", "b"))


def run(dataset: Dataset, *found: Faces, scale: str = "s") -> tuple[list[detection.MatchedDetections], dict[str, Any]]:
    stages = SimpleNamespace(faces=lambda dataset, detector: (list(found), 0.5))
    runner: Any = SimpleNamespace(stages=stages, detector=None, clock=Clock())
    matched = detection.detect(runner, dataset)
    assert runner.clock.summary()["detect"] == {"seconds": 0.5, "images": 2, "per_second": 4}
    return matched, detection.summary(matched, dataset, scale)


def test_what_is_to_be_ignored_is_neither_hit_nor_miss() -> None:
    dataset = Dataset("x", images(), faces=(TRUTH, Faces.none()), protocol="p")
    matched, metrics = run(dataset, FOUND, Faces.none())
    assert matched[0].outcome.tolist() == [1, -1, -1, 0, 0] and matched[1].outcome.tolist() == []
    assert (metrics["faces"], metrics["detections"], metrics["false_positives"], metrics["recall"]) == (2, 3, 2, 0.5)
    assert (metrics["test_scale"], metrics["regions"], metrics["protocol"]) == ("s", "boxes", "p")
    assert "average_precision" not in metrics and "continuous_recall_at_fp" not in metrics
    assert matched[0].gains is None
    with pytest.raises(UserError, match="x has no annotated faces"):
        run(Dataset("x", images()), FOUND, Faces.none())


def test_subsets_are_found_by_the_images_names() -> None:
    subsets = {
        "easy": {"b": np.zeros(0, bool), "other": np.ones(9, bool), "a": np.array([True, False, False])},
        "none": {"a": np.zeros(3, bool), "b": np.zeros(0, bool)},
    }
    dataset = DetectionSet("x", images(), faces=(TRUTH, Faces.none()), subsets=subsets)
    _, metrics = run(dataset, FOUND, Faces.none())
    assert metrics["average_precision"] == {"easy": 1.0, "none": None}
    assert metrics["regions"] == "boxes"


@pytest.mark.parametrize(
    ("region", "words", "covered"),
    [
        ("bounding_box", "ellipses' bounding boxes", 1),
        ("rectangle", "rectangles against ellipses, pixel by pixel", np.pi / 4),
        ("ellipse", "ellipses inscribed in the boxes against ellipses, pixel by pixel", 1),
    ],
)
def test_ellipses_by_the_region_chosen(region: str, words: str, covered: float) -> None:
    ellipses = {"b": np.zeros((0, 5)), "a": np.array([[30, 20, np.pi / 2, 40, 50]])}
    truth = Faces([[20, 20, 60, 80]], [1])
    dataset = DetectionSet("x", images(), faces=(truth, Faces.none()), ellipses=ellipses, region=region)
    matched, metrics = run(dataset, Faces([[20, 20, 60, 80]], [1]), Faces.none())
    assert matched[0].hits.tolist() == [True]
    assert metrics["continuous_recall_at_fp"]["10"] == pytest.approx(covered, abs=0.02)
    assert metrics["recall_at_fp"]["10"] == 1 and metrics["regions"] == words


def test_an_image_that_cannot_be_read_has_no_region() -> None:
    class Broken(ArrayImages):
        def __getitem__(self, index: int) -> np.ndarray:
            raise UserError("b: is damaged")

    ellipses = {name: np.array([[30, 20, np.pi / 2, 40, 50]]) for name in "ab"}
    truth = Faces([[20, 20, 60, 80]], [1])
    broken = Broken(images().arrays, ("a", "b"))
    dataset = DetectionSet("x", broken, faces=(truth, truth), ellipses=ellipses, region="ellipse")
    _, metrics = run(dataset, Faces.none(), Faces.none())
    assert (metrics["faces"], metrics["recall"], metrics["continuous_recall_at_fp"]["10"]) == (2, 0, 0)


def test_the_scale_is_asked_for_once(tmp_path: Path) -> None:
    def scale(detector: Any) -> str:
        stages = StageRunner(Store(tmp_path), Progress(disable=True), data_root=None, device="cpu")
        return stages.attribute(detector, "test_scale", detection.AS_THEY_ARE)

    scaled = SimpleNamespace(key="1", built=SimpleNamespace(test_scale="longer side 640 px"))
    assert scale(scaled) == "longer side 640 px"
    assert scale(SimpleNamespace(key="2", built=object())) == "images as they are"
    # A rerun builds no detector: this one has none to build.
    assert scale(SimpleNamespace(key="1")) == "longer side 640 px"


SUITE = """
[detection]
dataset = "face_boxes"
root = "{root}"
split = "val"
least_face_px = 5
[[systems]]
name = "fixed"
detector = {{ name = "fixed_box", box = [0.2, 0.2, 0.8, 0.8] }}
"""


def test_a_run_on_your_own_images(compare: Compare, tmp_path: Path) -> None:
    folder = tmp_path / "mine/val"
    for name in ("a", "b", "c"):
        (folder / "images").mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 20)).save(folder / f"images/{name}.png")
    (folder / "label.txt").write_text("# a.png\n4 4 12 12\n# b.png\n4 4 12 4\n8 8 2 2\n# c.png\n")
    document = compare(SUITE.format(root=tmp_path / "mine"))
    metrics = document["systems"][0]["detection"]
    # Found in all three; the face of b is 4 pixels high, which is not enough to count, nor is it found.
    assert (metrics["faces"], metrics["recall"], metrics["false_positives"]) == (1, 1, 2)
    assert (metrics["test_scale"], metrics["regions"]) == ("images as they are", "boxes")
    rows = (tmp_path / "run/detections.csv").read_text().splitlines()
    assert rows[0] == "system,image,score,x1,y1,x2,y2,hit,gain"
    assert [row.split(",")[-2:] for row in rows[1:]] == [["1", ""], ["0", ""], ["0", ""]]
