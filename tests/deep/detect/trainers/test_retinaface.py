"""A single-shot detector is trained: it learns, goes on after a stop bit for bit, and detects afterwards."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.deep.detect.single_shot.anchors.anchors import Level, anchors
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme
from eigen2arc.deep.detect.single_shot.training.data import DetectionData, anchor_targets
from eigen2arc.deep.detect.trainers.retinaface import Settings, train
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.engine.loop import learning_rate, saved_settings
from eigen2arc.deep.engine.settings import with_changes
from eigen2arc.deep.weights_io.checkpoint import load


@pytest.fixture
def settings(only_squares: Dataset) -> Settings:
    few = {"batch_size": 4, "steps": 6, "warm_up_steps": 1, "verify_every_steps": 3, "held_out_images": 4}
    return with_changes(Settings(dataset_settings={}, variant="slim"), few | {"size_px": 64})


def test_a_run_stopped_and_resumed_is_the_run_that_was_not(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(settings, tmp_path / "whole", device="cpu")

    def interrupting(chosen: Settings, now: int) -> float:
        if now == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return learning_rate(chosen, now)

    with monkeypatch.context() as patch:
        patch.setattr(training, "learning_rate", interrupting)
        with pytest.raises(KeyboardInterrupt):
            train(settings, tmp_path / "parts", device="cpu")
    rest = train(Settings(**saved_settings(tmp_path / "parts")), tmp_path / "parts", resume=True, device="cpu")
    assert whole.tolist() == rest.tolist()
    first, second = (load(tmp_path / run / "state.safetensors") for run in ("whole", "parts"))
    assert all(torch.equal(first[0][key], second[0][key]) for key in first[0] | second[0])


def test_the_weights_make_a_detector(settings: Settings, squares: Dataset, tmp_path: Path) -> None:
    losses = train(with_changes(settings, {"steps": 40, "verify_every_steps": 40}), tmp_path, device="cpu")
    assert losses[-8:].mean() < 0.7 * losses[:4].mean()
    detector = plugins.build(
        "detector", "retinaface", weights=tmp_path / "best.safetensors", variant="slim", device="cpu"
    )
    (faces,) = detector.detect([squares.images[0]])
    assert faces.landmarks is not None


def test_the_network_for_use_sees_what_training_saw(settings: Settings, tmp_path: Path) -> None:
    train(with_changes(settings, {"steps": 1}), tmp_path, device="cpu")
    tensors, facts = load(tmp_path / "best.safetensors")
    assert facts["variant"] == "slim" and tensors["stride8.0.conv.weight"].dtype == torch.float16
    assert 0 <= facts["figures"]["held_out"]["recall"] <= 1 and facts["figures"]["held_out"]["faces"] == 4


def test_a_set_without_faces_and_one_too_small_are_refused(
    settings: Settings, squares: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="-8 pictures would be trained on and 30 held out"):
        train(with_changes(settings, {"held_out_images": 30}), tmp_path, device="cpu")
    nameless = Dataset("none", squares.images)
    monkeypatch.setattr(plugins, "build", lambda *a, **k: nameless)
    with pytest.raises(UserError, match="does not say where its faces are"):
        train(settings, tmp_path, device="cpu")


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


def test_a_loss_that_is_no_number_stops_with_a_line(settings: Settings, tmp_path: Path) -> None:
    wild = with_changes(settings, {"learning_rate": 1e30, "warm_up_steps": 0})
    with pytest.raises(UserError, match=r"step \d: the loss is (nan|inf); .* lower learning_rate"):
        train(wild, tmp_path, device="cpu")
