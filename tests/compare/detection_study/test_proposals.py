"""Scores of a source of proposals that is known, and the picture of them."""

from pathlib import Path

import numpy as np
import pytest
from defusedxml import ElementTree

from eigen2arc.compare.detection_study.proposals import COUNTS, CURVE, score, write_figure
from eigen2arc.compare.peers.races.opencv_proposals import OpenCVSelectiveSearch
from eigen2arc.core import plugins
from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Dataset, Faces


class Grey:
    """Three grey images; the grey tells which one it is."""

    names = ("0", "1", "2")
    version = "1"

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> np.ndarray:
        return np.full((40, 40, 3), index, np.uint8)


class Known:
    """Proposes 20 boxes that cover nothing, then one that covers the first quarter; nothing in the last image."""

    def propose(self, image: np.ndarray) -> np.ndarray:
        nothing = np.tile(np.float32([30, 30, 31, 31]), (20, 1))
        boxes = np.concatenate([nothing, np.float32([[0, 0, 20, 20]])])
        return boxes[: 0 if image[0, 0, 0] == 2 else None]


def annotated() -> Dataset:
    exact, wide = [0, 0, 20, 20], [0, 0, 20, 30]
    boxes = ([exact, wide], [exact], [exact])
    faces = tuple(Faces(np.array(b), np.ones(len(b))) for b in boxes)
    return Dataset("grey", Grey(), faces=faces)


def test_a_known_source_in_closed_form() -> None:
    figures = score(Known(), annotated(), [0, 1, 2]).metrics()
    assert figures["recall_at_iou_0.5"] == {"10": 0.0, "100": 0.75, "1000": 0.75, "2000": 0.75}
    assert figures["recall_at_iou_0.7"]["100"] == 0.5
    assert figures["mabo"] == {"10": 0.0} | {
        str(n): pytest.approx((1 + 2 / 3 + 1 + 0) / 4, rel=1e-6) for n in COUNTS[1:]
    }
    assert figures["boxes_per_image"] == 14
    assert figures["ms_per_image"] > 0
    curve = dict(zip(figures["curve"]["boxes"], figures["curve"]["recall_at_iou_0.5"], strict=True))
    assert all(value == (0.75 if n > 20 else 0.0) for n, value in curve.items())


def test_only_the_chosen_images_count() -> None:
    scored = score(Known(), annotated(), [1])
    assert scored.overlaps.shape == (len(CURVE), 1) and scored.boxes.tolist() == [21]


def test_the_picture_names_every_source(tmp_path: Path) -> None:
    scored = {name: score(Known(), annotated(), [0, 1]) for name in ("one & two", "OpenCV")}
    write_figure(tmp_path / "p.svg", scored, {"one & two": "classical", "OpenCV": "peer"}, "Title")
    first = (tmp_path / "p.svg").read_bytes()
    texts = [node.text for node in ElementTree.fromstring(first).iter() if node.tag.endswith("text")]
    assert {"one & two", "OpenCV", "Title", "boxes an image"} <= set(texts)
    write_figure(tmp_path / "p.svg", scored, {"one & two": "classical", "OpenCV": "peer"}, "Title")
    assert (tmp_path / "p.svg").read_bytes() == first


def test_opencvs_boxes_cover_what_stands_out() -> None:
    image = np.full((60, 80, 3), 60, np.uint8)
    image[10:40, 20:60] = (220, 120, 30)
    boxes = OpenCVSelectiveSearch().propose(image)
    assert boxes.dtype == np.float32 and boxes[:, 2].max() <= 80 and boxes[:, 3].max() <= 60
    assert iou(boxes, np.float32([[20, 10, 60, 40]])).max() > 0.8


@pytest.mark.slow
def test_no_fewer_faces_than_opencv_among_a_thousand_boxes() -> None:
    scenes = plugins.build("dataset", "scenes", images=12, width_px=512, height_px=512, seed=9)
    found = {}
    for name, source in {
        "ours": plugins.build("proposal", "selective_search"),
        "OpenCV": OpenCVSelectiveSearch(),
    }.items():
        found[name] = score(source, scenes, range(12)).metrics()
    assert found["ours"]["recall_at_iou_0.5"]["1000"] >= found["OpenCV"]["recall_at_iou_0.5"]["1000"] > 0.9
    assert found["ours"]["ms_per_image"] < found["OpenCV"]["ms_per_image"] / 2
