"""The channel detector's settings: what its boxes hold, how small a face may be, and what is refused."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou

PEOPLE = plugins.build("dataset", "synthetic", people=3, images_per_person=1, difficulty=0.0)


@pytest.fixture(scope="module")
def portrait() -> tuple[np.ndarray, np.ndarray]:
    return PEOPLE.images[2], PEOPLE.faces[2].boxes


def test_a_head_holds_the_face_and_ends_at_the_same_chin(portrait: tuple[np.ndarray, np.ndarray]) -> None:
    (face,) = plugins.build("detector", "channel_features").detect([portrait[0]])
    (head,) = plugins.build("detector", "channel_features", extent="head").detect([portrait[0]])
    np.testing.assert_array_equal(face.scores, head.scores)
    assert (head.boxes[0, :2] < face.boxes[0, :2]).all()
    assert head.boxes[0, 3] == pytest.approx(face.boxes[0, 3], abs=1e-3)


def test_five_points_are_found_where_a_model_is_given(portrait: tuple[np.ndarray, np.ndarray]) -> None:
    truth = PEOPLE.faces[2].landmarks[0]
    (faces,) = plugins.build("detector", "channel_features").detect([portrait[0]])
    errors_px = np.linalg.norm(faces.landmarks[0] - truth, axis=1)
    assert errors_px.mean() < 0.1 * np.linalg.norm(truth[1] - truth[0])
    (bare,) = plugins.build("detector", "channel_features", landmarks="").detect([portrait[0]])
    assert bare.landmarks is None
    np.testing.assert_array_equal(bare.boxes, faces.boxes)


@pytest.mark.parametrize("height_px", [22, 40, 90])
def test_faces_are_found_from_twenty_pixels_on(portrait: tuple[np.ndarray, np.ndarray], height_px: int) -> None:
    image, boxes = portrait
    scale = height_px / (boxes[0, 3] - boxes[0, 1])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    (faces,) = plugins.build("detector", "channel_features").detect([small])
    assert len(faces)
    assert iou(faces.boxes[:1], boxes * scale)[0, 0] > 0.5


def test_a_face_below_the_smallest_size_is_not_looked_for(portrait: tuple[np.ndarray, np.ndarray]) -> None:
    image, boxes = portrait
    (faces,) = plugins.build("detector", "channel_features", min_size_px=60).detect([image])
    assert (faces.boxes[:, 3] - faces.boxes[:, 1] > 59).all()
    assert iou(faces.boxes[:1], boxes)[0, 0] > 0.5


def test_a_higher_least_score_leaves_the_best_only(portrait: tuple[np.ndarray, np.ndarray]) -> None:
    pair = np.concatenate([portrait[0], portrait[0] // 2 + 60], axis=1)
    (faces,) = plugins.build("detector", "channel_features").detect([pair])
    least = float(faces.scores[0]) - 1e-3
    (best,) = plugins.build("detector", "channel_features", least_score=least).detect([pair])
    np.testing.assert_array_equal(best.boxes, faces.boxes[:1])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"extent": "hat"}, "extent 'hat' is none of face, head"),
        ({"min_size_px": 4}, "min_size_px of at least 8"),
        ({"least_score": float("nan")}, "finite least_score"),
        ({"model": "nowhere.safetensors"}, "nowhere.safetensors"),
    ],
)
def test_what_cannot_be_used_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        plugins.build("detector", "channel_features", **settings)


def test_another_plugins_model_is_refused(tmp_path: Path) -> None:
    from eigen2arc.core import model_file

    model_file.save(tmp_path / "other.safetensors", "eigenfaces", {}, {"mean": np.zeros(3, np.float32)})
    with pytest.raises(UserError, match="holds a model of 'eigenfaces'"):
        plugins.build("detector", "channel_features", model=str(tmp_path / "other.safetensors"))
