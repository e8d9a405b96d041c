"""Scenes: as many faces as planned, of the sizes asked for, in the picture, hardly hidden."""

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.datasets.generator.identity import sample_identity
from eigen2arc.datasets.generator.render import render_layer
from eigen2arc.datasets.generator.scene import FIELD_MM
from eigen2arc.datasets.readers import scenes


@pytest.fixture(scope="module")
def dataset():
    return scenes.build(images=12, seed=2, width_px=320, height_px=240, largest_face_px=100)


def test_faces_lie_in_the_picture_and_have_the_sizes_asked_for(dataset):
    counts = [len(faces) for faces in dataset.faces]
    assert min(counts) < 4 and max(counts) > 6 and max(counts) <= 20
    boxes = np.concatenate([faces.boxes for faces in dataset.faces])
    assert boxes[:, :2].min() >= 0.0 and boxes[:, 2].max() <= 320 and boxes[:, 3].max() <= 240
    heights = boxes[:, 3] - boxes[:, 1]
    # A head's own proportions and its pose move the height that was asked for by up to a quarter.
    assert heights.min() > 15.0 and heights.max() < 125.0


def test_faces_hardly_overlap(dataset):
    for faces in dataset.faces:
        for a in range(len(faces)):
            for b in range(a + 1, len(faces)):
                one, two = faces.boxes[a], faces.boxes[b]
                side = np.clip(np.minimum(one[2:], two[2:]) - np.maximum(one[:2], two[:2]), 0.0, None)
                assert side.prod() <= 0.11 * (one[2:] - one[:2]).prod()


def test_a_scene_depends_on_seed_and_number_only(dataset):
    fewer = scenes.build(images=3, seed=2, width_px=320, height_px=240, largest_face_px=100)
    assert fewer.images.scenes == dataset.images.scenes[:3]
    np.testing.assert_array_equal(fewer.images[1], dataset.images[1])
    assert fewer.images.version != dataset.images.version
    assert dataset.images[1].shape == (240, 320, 3) and dataset.images[1].dtype == np.uint8


def test_the_nearest_person_stands_where_the_truth_says(dataset):
    """The last one drawn is hidden by nobody: its own layer, drawn again, is found in the picture at its place."""
    index = next(
        k for k, faces in enumerate(dataset.faces) if len(faces) and faces.boxes[-1, 3] - faces.boxes[-1, 1] > 60
    )
    one, box = dataset.images.scenes[index].people[-1], dataset.faces[index].boxes[-1]
    layer = render_layer(sample_identity(one.identity_seed), one.factors, size_px=one.side_px, field_mm=FIELD_MM)
    x1, y1, x2, y2 = np.rint(box).astype(int)
    own = layer.rgba[y1 - one.top : y2 - one.top, x1 - one.left : x2 - one.left]
    solid = own[..., 3] == 1.0
    seen = dataset.images[index][y1:y2, x1:x2][solid].astype(float).mean(axis=-1)
    assert solid.mean() > 0.7
    assert np.corrcoef(seen, np.sqrt(own[solid][:, :3]).mean(axis=-1))[0, 1] > 0.95


def test_no_faces_on_request():
    empty = scenes.build(images=2, most_faces=0)
    assert [len(faces) for faces in empty.faces] == [0, 0]
    assert empty.images[0].std() > 5.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"images": 0}, "scenes: images = 0: expected a whole number from 1 to 1000000"),
        ({"seed": -1}, "scenes: seed = -1"),
        ({"least_face_px": 50, "largest_face_px": 40}, "largest_face_px = 40: expected 50 .least_face_px. or more"),
        ({"largest_face_px": 300}, "a face of 300 px"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(UserError, match=message):
        plugins.build("dataset", "scenes", **settings)
