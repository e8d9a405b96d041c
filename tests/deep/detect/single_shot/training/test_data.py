"""The batches of a single-shot training: they follow from seed and step, and what is to be ignored teaches nothing."""

import numpy as np
import pytest
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.deep.detect.single_shot.anchors.anchors import Level, anchors
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme
from eigen2arc.deep.detect.single_shot.training.data import DetectionData, anchor_targets, load_annotated


def test_anchors_on_a_face_to_be_ignored_teach_nothing() -> None:
    scheme = Scheme((Level(16, (16.0,)),))
    own = anchors(64, 64, scheme.levels)
    faces = Faces(np.array([[0.0, 0, 16, 16], [32, 32, 48, 48]]), np.array([1.0, 0.0]))
    found = anchor_targets(faces, own, scheme)
    assert found.matched.tolist() == [0] + [NEGATIVE] * 9 + [IGNORED] + [NEGATIVE] * 5
    assert found.points[0].isnan().all()
    assert (anchor_targets(Faces.none(), own, scheme).matched == NEGATIVE).all()


def test_a_batch_follows_from_seed_and_step_and_an_epoch_is_one_pass(squares: Dataset) -> None:
    assert squares.faces is not None
    data = DetectionData(squares.images, squares.faces, 4, 64, Scheme((Level(16, (16.0, 32.0)),)), 4, 7)
    again = [data.batch(step, 0, 1) for step in (1, 0, 1)]
    assert all(torch.equal(a, b) for a, b in zip(again[0], again[2], strict=True))
    assert not torch.equal(again[0][0], again[1][0])
    assert [tuple(t.shape) for t in again[0]] == [(4, 64, 64, 3), (4, 32), (4, 32, 4), (4, 32, 10)]
    halves = [data.batch(1, part, 2)[0] for part in range(2)]
    assert [len(half) for half in halves] == [2, 2]


def test_a_set_without_faces_and_one_too_small_are_refused(squares: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert squares.faces is not None
    with pytest.raises(UserError, match="-8 images would be trained on and 30 held out: expected at least a batch"):
        DetectionData(squares.images, squares.faces, 30, 64, Scheme((Level(16, (16.0,)),)), 4, 7)
    faceless = Dataset("none", squares.images)
    monkeypatch.setattr(plugins, "build", lambda *a, **k: faceless)
    with pytest.raises(UserError, match="does not say where its faces are"):
        load_annotated("none", {})
